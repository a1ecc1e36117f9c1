/** Writes audit records as the kernel and auditd do, independently of the parser that the tests are for. */
export interface RecordParts {
  readonly node?: string;
  readonly type: string;
  /** `SEC.MSEC:SERIAL` */
  readonly id: string;
  readonly fields: readonly Field[];
  /** What auditd adds with log_format=ENRICHED. */
  readonly enriched?: readonly Field[];
}

export interface Field {
  readonly name: string;
  /** Bytes as latin1. */
  readonly value: string;
  /** Whether the kernel writes it as text (quoted, or hex) or as it is. */
  readonly text: boolean;
}

export function renderRecord({ node, type, id, fields, enriched = [] }: RecordParts): string {
  const before = node === undefined ? '' : `node=${node} `;
  const added = enriched.length === 0 ? '' : `\x1d${enriched.map(renderField).join(' ')}`;
  return `${before}type=${type} msg=audit(${id}): ${fields.map(renderField).join(' ')}${added}`;
}

function renderField({ name, value, text }: Field): string {
  return `${name}=${text ? quoteOrHex(value) : value}`;
}

/** audit_log_untrustedstring: hex for the whole text as soon as one byte is a quote or not printable ASCII. */
export function quoteOrHex(bytes: string): string {
  for (const byte of Buffer.from(bytes, 'latin1')) if (byte === 34 || byte < 33 || byte > 126) return toHex(bytes);
  return `"${bytes}"`;
}

export function toHex(bytes: string): string {
  let hex = '';
  for (let at = 0; at < bytes.length; at++) hex += bytes.charCodeAt(at).toString(16).toUpperCase().padStart(2, '0');
  return hex;
}
