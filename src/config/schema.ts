import { z } from 'zod';
import { addressProblem, webhookUrlProblem } from './address.ts';
import { facilityNames } from './facility.ts';

/** What the file may say, with every default: the keys of config/sigmond.yaml, where each is explained. */
export type ConfigFile = z.infer<typeof configSchema>;
export type SinkFile = ConfigFile['sinks'][number];

const minuteMs = 60_000;

const path = text((value) => {
  if (value === '') return 'the path is empty';
  if (value.startsWith('~')) return "'~' is not expanded here; write the whole path";
  return value.includes('\0') ? 'a path cannot hold a NUL character' : undefined;
});

const logsourceWord = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const service = text((value) => {
  if (value === 'auditd') return 'records of auditd come from sources.audit_log';
  return logsourceWord.test(value)
    ? undefined
    : 'a service is named as in the logsource of rules, such as sshd, auth or syslog';
});
const product = text((value) =>
  logsourceWord.test(value) ? undefined : 'a product is named as in the logsource of rules, such as linux',
);

const log = section({
  path,
  service: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(service).min(1).max(16)),
  product: product.default('linux'),
  start: z.enum(['resume', 'beginning', 'end']).default('resume'),
});

// The name becomes a folder of the spool and a label of metrics.
const sinkName = text((value) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)
    ? undefined
    : 'a name has 1 to 64 letters, digits, dots, underscores and hyphens and starts with a letter or digit',
);

const headers = z
  .record(
    z.string(),
    text((value) =>
      /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : 'a header cannot hold a line break or control character',
    ),
  )
  .superRefine((value, context) => {
    for (const name of Object.keys(value)) {
      const message = headerNameProblem(name);
      if (message) context.addIssue({ code: 'custom', path: [name], message, params: { at: 'key' } });
    }
  });

const placeholders = z
  .record(
    z.string(),
    z.array(z.custom<string | number>(isPlaceholderValue, 'a value of a placeholder is text or a number')).min(1),
  )
  .superRefine((value, context) => {
    for (const name of Object.keys(value)) {
      const message = placeholderNameProblem(name);
      if (message) context.addIssue({ code: 'custom', path: [name], message, params: { at: 'key' } });
    }
  });

const delivery = {
  name: sinkName.optional(),
  queue_size: z.int().min(1).max(1_000_000).default(10_000),
  timeout_ms: z
    .int()
    .min(100)
    .max(10 * minuteMs)
    .default(10_000),
  max_attempts: z.int().min(0).max(1_000_000).default(0),
};
const batchSize = z.int().min(1).max(1000);

const sink = z.discriminatedUnion('type', [
  section({
    ...delivery,
    type: z.literal('stdout'),
    batch_size: batchSize.default(100),
    format: z.enum(['auto', 'text', 'json']).default('auto'),
  }),
  section({ ...delivery, type: z.literal('file'), batch_size: batchSize.default(100), path }),
  section({
    ...delivery,
    type: z.literal('syslog'),
    batch_size: batchSize.default(100),
    address: text(addressProblem),
    format: z.enum(['rfc5424']).default('rfc5424'),
    facility: z.enum(facilityNames).default('authpriv'),
  }),
  section({
    ...delivery,
    type: z.literal('webhook'),
    batch_size: batchSize.default(1),
    url: text(webhookUrlProblem),
    format: z.enum(['native']).default('native'),
    headers: headers.default({}),
  }),
]);

export const configSchema = section({
  state_dir: path.default('/var/lib/sigmond'),
  rules: section({
    paths: z.array(path).min(1).default(['/etc/sigmond/rules']),
    placeholders: placeholders.default({}),
  }).prefault({}),
  sources: section({
    audit_log: section({
      path: path.default('/var/log/audit/audit.log'),
      enabled: z.boolean().default(true),
      start: z.enum(['resume', 'beginning', 'end']).default('resume'),
    }).prefault({}),
    audit_socket: section({
      enabled: z.boolean().default(false),
      path: path.optional(),
    }).prefault({}),
    standard_input: section({ enabled: z.boolean().default(false) }).prefault({}),
    proc_scan: section({
      enabled: z.boolean().default(true),
      interval_ms: z
        .int()
        .min(100)
        .max(60 * minuteMs)
        .default(2000),
    }).prefault({}),
    // The shipped file has examples only, all of them comments.
    logs: z
      .array(log)
      .max(64)
      .nullish()
      .transform((value) => value ?? []),
  }).prefault({}),
  canary: section({
    enabled: z.boolean().default(true),
    interval_ms: z
      .int()
      .min(1000)
      .max(60 * minuteMs)
      .default(minuteMs),
  }).prefault({}),
  log: section({ level: z.enum(['error', 'warn', 'info', 'debug']).default('info') }).prefault({}),
  control: section({ socket: path.optional() }).optional(),
  alerts: section({
    rollup_window_ms: z
      .int()
      .min(0)
      .max(24 * 60 * minuteMs)
      .optional(),
    storm_limit_per_minute: z.int().min(0).max(1_000_000).optional(),
  }).optional(),
  sinks: z
    .array(sink)
    .max(32)
    .prefault([{ type: 'stdout' }]),
});

/**
 * A map with these keys and no other. zod's own strict object reports all unknown keys as one issue without the known
 * ones; this gives one issue a key, with what is known there in `params.known`.
 */
function section<const Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const unknownKey = z.custom(() => false, { params: { known: Object.keys(shape) } });
  return z.object(shape).catchall(unknownKey) as unknown as z.ZodObject<Shape, z.core.$strict>;
}

function text(problem: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const message = problem(value);
    if (message) context.addIssue({ code: 'custom', message });
  });
}

function isPlaceholderValue(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

function placeholderNameProblem(name: string): string | undefined {
  if (/^%.*%$/.test(name)) return "write the name without its '%'";
  return name === '' || /[%\\]/.test(name) ? "a name has at least one character, and no '%' and no '\\'" : undefined;
}

function headerNameProblem(name: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return `'${name}' is not a header name`;
  const ours = ['content-type', 'content-length', 'transfer-encoding', 'connection', 'host', 'webhook-id'];
  return ours.includes(name.toLowerCase()) ? `sigmond sets the header '${name}' itself` : undefined;
}
