/**
 * Operations that Clockify documents on its site, and whose schemas its published document has, but not their paths: the audit
 * log, which lives on a host of its own. Facts only.
 */
const content = (name) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } });

export const MISSING_PATHS = {
  '/v1/workspaces/{workspaceId}/audit-log': {
    post: {
      operationId: 'getAuditLogs',
      tags: ['Audit Log Report'],
      servers: [{ url: 'https://auditlog-api.api.clockify.me' }],
      parameters: [{ name: 'workspaceId', in: 'path', required: true, schema: { type: 'string' } }],
      requestBody: { required: true, content: content('AuditLogGetRequestV1') },
      responses: { 200: { content: content('PageableV1ListAuditLogDtoV1') } },
    },
  },
};
