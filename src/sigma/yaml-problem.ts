import type { YAMLError } from 'yaml';

/** What is wrong with a text as YAML, with the fix where the mistake is a common one in rules. */
export function inPlainWords({ code, message }: YAMLError): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'YAML: a tab cannot indent a line; use spaces';
    case 'BAD_SCALAR_START':
      return `YAML: a value that begins with '${message.at(-1)}' needs quotes`;
    case 'BAD_ALIAS':
      return "YAML: a value that begins with '*' or '&' needs quotes";
    case 'BAD_DQ_ESCAPE':
      return `YAML: '${message.slice(-2)}' is no escape inside double quotes; use single quotes, which leave backslashes alone`;
    case 'BLOCK_AS_IMPLICIT_KEY':
      return "YAML: a second ': ' in one line, or a wrong indentation; a value with ': ' needs quotes";
    default:
      return `YAML: ${message}`;
  }
}
