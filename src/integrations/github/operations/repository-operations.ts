import { filled, list, path, read, sha, text, write } from './github-operation.js';

const SHA = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
const person = {
  type: 'object',
  properties: { name: filled(256), email: filled(320) },
  required: ['name', 'email'],
  additionalProperties: false,
};
const base64 = { type: 'string', contentEncoding: 'base64', pattern: '^[A-Za-z0-9+/\\n]*={0,2}$' };

const CONTENT_OPERATIONS = [
  read({
    name: 'get_repository',
    summary: 'Get a repository: its default branch, whether it is private, what may be done to it',
    route: 'GET /repos/{owner}/{repo}',
    tags: ['repositories'],
  }),
  read({
    name: 'get_content',
    summary: 'Get a file, its content in base64, or list a folder',
    route: 'GET /repos/{owner}/{repo}/contents/{path}',
    tags: ['contents'],
    properties: { ref: path },
    example: { ref: 'main' },
  }),
  write({
    name: 'put_content',
    summary: 'Create a file, or replace it where its present sha is given, in one commit',
    route: 'PUT /repos/{owner}/{repo}/contents/{path}',
    tags: ['contents'],
    properties: {
      message: filled(65_536),
      content: base64,
      sha,
      branch: path,
      committer: person,
      author: person,
    },
    required: ['message', 'content'],
    example: { message: 'Say hello', content: 'aGVsbG8K', branch: 'topic' },
  }),
  write({
    name: 'delete_content',
    summary: 'Delete a file, in one commit',
    route: 'DELETE /repos/{owner}/{repo}/contents/{path}',
    tags: ['contents'],
    properties: { message: filled(65_536), sha, branch: path, committer: person, author: person },
    required: ['message', 'sha'],
    example: { message: 'Say no more', sha: SHA, branch: 'topic' },
  }),
  read({
    name: 'get_tree',
    summary: 'List the files of a commit or a branch',
    route: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
    tags: ['contents'],
    properties: { recursive: { enum: ['1'], description: 'With all folders below' } },
    example: { recursive: '1' },
  }),
  read({
    name: 'get_blob',
    summary: 'Get the content of a file by its SHA, in base64',
    route: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
    tags: ['contents'],
  }),
];

const fullRef = { type: 'string', maxLength: 255, pattern: '^refs/[^\\s]+/[^\\s]+$' };

const REF_OPERATIONS = [
  read({
    name: 'get_ref',
    summary: 'Get what a branch (heads/NAME) or a tag (tags/NAME) points to',
    route: 'GET /repos/{owner}/{repo}/git/ref/{ref}',
    tags: ['refs'],
  }),
  read({
    name: 'list_matching_refs',
    summary: 'List the branches or tags whose names begin alike',
    route: 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}',
    tags: ['refs'],
    example: { ref: 'heads/clankerbot' },
    listName: 'refs',
  }),
  write({
    name: 'create_ref',
    summary: 'Create a branch or a tag',
    route: 'POST /repos/{owner}/{repo}/git/refs',
    tags: ['refs'],
    properties: { ref: fullRef, sha },
    required: ['ref', 'sha'],
    example: { ref: 'refs/heads/topic', sha: SHA },
  }),
  write({
    name: 'update_ref',
    summary: 'Move a branch or a tag; only forward unless force is given',
    route: 'PATCH /repos/{owner}/{repo}/git/refs/{ref}',
    tags: ['refs'],
    properties: { sha, force: { type: 'boolean' } },
    required: ['sha'],
    example: { ref: 'heads/topic', sha: SHA },
  }),
  write({
    name: 'delete_ref',
    summary: 'Delete a branch or a tag',
    route: 'DELETE /repos/{owner}/{repo}/git/refs/{ref}',
    tags: ['refs'],
    example: { ref: 'heads/topic' },
  }),
  list({
    name: 'list_branches',
    summary: 'List the branches of a repository',
    route: 'GET /repos/{owner}/{repo}/branches',
    tags: ['refs'],
    properties: { protected: { type: 'boolean' } },
    listName: 'branches',
  }),
  read({
    name: 'get_branch',
    summary: 'Get a branch, and whether it is protected',
    route: 'GET /repos/{owner}/{repo}/branches/{branch}',
    tags: ['refs'],
  }),
  read({
    name: 'get_commit',
    summary: 'Get a commit with the files it changes',
    route: 'GET /repos/{owner}/{repo}/commits/{ref}',
    tags: ['commits'],
    example: { ref: 'main' },
  }),
  read({
    name: 'compare_commits',
    summary: 'Compare two branches or commits',
    route: 'GET /repos/{owner}/{repo}/compare/{basehead}',
    tags: ['commits'],
  }),
];

const output = {
  type: 'object',
  properties: { title: filled(256), summary: text(65_535), text: text(65_535) },
  required: ['title', 'summary'],
  additionalProperties: false,
};
const conclusion = {
  enum: ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'],
};
const run = {
  status: { enum: ['queued', 'in_progress', 'completed'] },
  conclusion,
  details_url: { type: 'string', format: 'uri' },
  external_id: filled(256),
  started_at: { type: 'string', format: 'date-time' },
  completed_at: { type: 'string', format: 'date-time' },
  output,
};

const CHECK_OPERATIONS = [
  write({
    name: 'create_status',
    summary: 'Say how a commit did, under a name',
    route: 'POST /repos/{owner}/{repo}/statuses/{sha}',
    tags: ['checks'],
    properties: {
      state: { enum: ['error', 'failure', 'pending', 'success'] },
      context: filled(255),
      description: text(140),
      target_url: { type: 'string', format: 'uri' },
    },
    required: ['state'],
    example: { state: 'success', context: 'clankerbot' },
  }),
  read({
    name: 'get_combined_status',
    summary: 'Get all statuses of a commit as one',
    route: 'GET /repos/{owner}/{repo}/commits/{ref}/status',
    tags: ['checks'],
    example: { ref: 'main' },
  }),
  read({
    name: 'list_check_runs',
    summary: 'List the check runs of a commit, up to 100',
    route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
    tags: ['checks'],
    properties: {
      check_name: filled(255),
      status: run.status,
      per_page: { type: 'integer', minimum: 1, maximum: 100 },
      page: { type: 'integer', minimum: 1 },
    },
    example: { ref: 'main', per_page: 100 },
  }),
  write({
    name: 'create_check_run',
    summary: 'Start a check of a commit; for a GitHub App only',
    route: 'POST /repos/{owner}/{repo}/check-runs',
    tags: ['checks'],
    properties: { name: filled(255), head_sha: sha, ...run },
    required: ['name', 'head_sha'],
    example: { name: 'clankerbot', head_sha: SHA, status: 'in_progress' },
    isCreation: true,
  }),
  write({
    name: 'update_check_run',
    summary: 'Say how a check goes on or ended; for a GitHub App only',
    route: 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
    tags: ['checks'],
    properties: { name: filled(255), ...run },
    example: { status: 'completed', conclusion: 'success' },
    isRepeatable: true,
  }),
];

const PEOPLE_OPERATIONS = [
  list({
    name: 'list_collaborators',
    summary: 'List who has access to a repository',
    route: 'GET /repos/{owner}/{repo}/collaborators',
    tags: ['people'],
    properties: { permission: { enum: ['pull', 'triage', 'push', 'maintain', 'admin'] } },
    listName: 'collaborators',
  }),
  read({
    name: 'get_permission',
    summary: 'Get what somebody may do in a repository',
    route: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    tags: ['people'],
  }),
  read({
    name: 'get_user',
    summary: 'Get the user that the token belongs to',
    route: 'GET /user',
    tags: ['people'],
  }),
  read({
    name: 'get_rate_limit',
    summary: 'Get how many requests are left; asking does not count',
    route: 'GET /rate_limit',
    tags: ['people'],
  }),
  read({
    name: 'search_issues',
    summary: 'Search issues and pull requests, up to 100',
    route: 'GET /search/issues',
    tags: ['issues', 'pull-requests'],
    properties: {
      q: filled(256),
      sort: { enum: ['comments', 'reactions', 'interactions', 'created', 'updated'] },
      order: { enum: ['asc', 'desc'] },
      per_page: { type: 'integer', minimum: 1, maximum: 100 },
      page: { type: 'integer', minimum: 1, maximum: 1000 },
    },
    required: ['q'],
    example: { q: 'repo:acme/site is:issue is:open label:bug' },
  }),
];

const config = {
  type: 'object',
  properties: {
    url: { type: 'string', format: 'uri' },
    content_type: { enum: ['json', 'form'] },
    secret: filled(1000),
    insecure_ssl: { enum: ['0', '1', 0, 1] },
  },
  additionalProperties: false,
};
const events = { type: 'array', items: filled(100), minItems: 1, maxItems: 100 };
const active = { type: 'boolean' };

const HOOK_OPERATIONS = [
  list({
    name: 'list_hooks',
    summary: 'List the webhooks of a repository',
    route: 'GET /repos/{owner}/{repo}/hooks',
    tags: ['hooks'],
    listName: 'hooks',
  }),
  write({
    name: 'create_hook',
    summary: 'Add a webhook to a repository',
    route: 'POST /repos/{owner}/{repo}/hooks',
    tags: ['hooks'],
    properties: { name: { enum: ['web'] }, config, events, active },
    required: ['config'],
    example: {
      config: { url: 'https://clankerbot.example.com/webhooks/github', content_type: 'json' },
      events: ['issues', 'issue_comment', 'pull_request_review'],
    },
    isCreation: true,
  }),
  write({
    name: 'update_hook',
    summary: 'Change a webhook of a repository',
    route: 'PATCH /repos/{owner}/{repo}/hooks/{hook_id}',
    tags: ['hooks'],
    properties: { config, events, add_events: events, remove_events: events, active },
    example: { active: true },
    isRepeatable: true,
  }),
  write({
    name: 'delete_hook',
    summary: 'Delete a webhook of a repository',
    route: 'DELETE /repos/{owner}/{repo}/hooks/{hook_id}',
    tags: ['hooks'],
    isRepeatable: true,
  }),
  write({
    name: 'ping_hook',
    summary: 'Have GitHub send a ping to a webhook',
    route: 'POST /repos/{owner}/{repo}/hooks/{hook_id}/pings',
    tags: ['hooks'],
    isRepeatable: true,
  }),
  read({
    name: 'list_hook_deliveries',
    summary: 'List the latest deliveries to a webhook, up to 100; older ones behind a cursor',
    route: 'GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries',
    tags: ['hooks'],
    properties: { per_page: { type: 'integer', minimum: 1, maximum: 100 }, cursor: filled(200) },
    example: { per_page: 100 },
    listName: 'deliveries',
  }),
  read({
    name: 'get_hook_delivery',
    summary: 'Get one delivery to a webhook: what was sent and answered',
    route: 'GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}',
    tags: ['hooks'],
  }),
  write({
    name: 'redeliver_hook_delivery',
    summary: 'Have GitHub send a delivery again',
    route: 'POST /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts',
    tags: ['hooks'],
  }),
];

export const REPOSITORY_OPERATIONS = [
  ...CONTENT_OPERATIONS,
  ...REF_OPERATIONS,
  ...CHECK_OPERATIONS,
  ...PEOPLE_OPERATIONS,
  ...HOOK_OPERATIONS,
];
