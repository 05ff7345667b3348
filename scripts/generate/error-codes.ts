/** docs/error-codes.md from the catalogue in code: the list that Akinon asks integrators for. */
import { ERROR_CODES } from '../../src/akinon/errors.ts';

export function renderErrorCodes(): string {
  const rows = ERROR_CODES.map(({ code, status, message }) => `| \`${code}\` | ${status} | ${message} |`);
  return `# Error codes

Written by \`npm run generate\` from \`src/akinon/errors.ts\`; do not edit. The Worker serves the same list at
\`GET /error-codes\`. Every 4xx and 5xx answer is

\`\`\`json
{ "errors": [{ "code": "invalid_field", "field": "basket.basketItems[0].unitPrice", "message": "…" }] }
\`\`\`

with at least one entry and at most 20; \`field\` is a dotted path, the name of a header, or empty.

| code | status | meaning, and what to do |
| --- | --- | --- |
${rows.join('\n')}
`;
}
