import { request } from 'node:http';

/** An agent that has hung is as good as none. */
const timeoutMs = 5000;
const maxBytes = 16 * 1024 * 1024;

/**
 * Asks the agent behind a control socket.
 *
 * @returns undefined where nobody answers
 * @throws Error where somebody does, but not as an agent would, or the socket may not be used
 */
export function askAgent(socketPath: string, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > maxBytes) response.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`the answer is ${response.statusCode}: ${body.trim()}`));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(error);
    });
    asked.end();
  });
}
