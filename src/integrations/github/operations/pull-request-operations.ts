import { filled, id, list, markdown, names, path, read, sha, write } from './github-operation.js';

const ref = { ...path, maxLength: 255 };

const PULL_OPERATIONS = [
  list({
    name: 'list_pull_requests',
    summary: 'List the pull requests of a repository',
    route: 'GET /repos/{owner}/{repo}/pulls',
    tags: ['pull-requests'],
    properties: {
      state: { enum: ['open', 'closed', 'all'] },
      head: { ...filled(300), description: 'OWNER:BRANCH that it comes from' },
      base: ref,
      sort: { enum: ['created', 'updated', 'popularity', 'long-running'] },
      direction: { enum: ['asc', 'desc'] },
    },
    example: { state: 'all', head: 'acme:topic' },
    listName: 'pull_requests',
  }),
  read({
    name: 'get_pull_request',
    summary: 'Get one pull request',
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
    tags: ['pull-requests'],
  }),
  write({
    name: 'create_pull_request',
    summary: 'Open a pull request',
    route: 'POST /repos/{owner}/{repo}/pulls',
    tags: ['pull-requests'],
    properties: {
      title: filled(256),
      head: { ...filled(300), description: 'The branch, as OWNER:BRANCH where it is of a fork' },
      base: ref,
      body: markdown,
      draft: { type: 'boolean' },
      maintainer_can_modify: { type: 'boolean' },
    },
    required: ['title', 'head', 'base'],
    example: { title: 'Load the page', head: 'topic', base: 'main', draft: true },
    isCreation: true,
  }),
  write({
    name: 'update_pull_request',
    summary: 'Change the title, text, state or base of a pull request',
    route: 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
    tags: ['pull-requests'],
    properties: { title: filled(256), body: markdown, state: { enum: ['open', 'closed'] }, base: ref },
    example: { title: 'Load the page at once' },
    isRepeatable: true,
  }),
  write({
    name: 'merge_pull_request',
    summary: 'Merge a pull request',
    route: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
    tags: ['pull-requests'],
    properties: {
      commit_title: filled(256),
      commit_message: markdown,
      sha,
      merge_method: { enum: ['merge', 'squash', 'rebase'] },
    },
    example: { merge_method: 'squash' },
  }),
  list({
    name: 'list_pull_request_files',
    summary: 'List the files that a pull request changes',
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files',
    tags: ['pull-requests'],
    listName: 'files',
  }),
  list({
    name: 'list_pull_request_commits',
    summary: 'List the commits of a pull request',
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits',
    tags: ['pull-requests'],
    listName: 'commits',
  }),
  write({
    name: 'request_reviewers',
    summary: 'Ask people or teams for a review',
    route: 'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers',
    tags: ['reviews'],
    properties: { reviewers: names(15), team_reviewers: names(15) },
    example: { reviewers: ['ann'] },
    isRepeatable: true,
    more: { anyOf: [{ required: ['reviewers'] }, { required: ['team_reviewers'] }] },
  }),
];

const side = { enum: ['LEFT', 'RIGHT'] };
const line = id;
const verdict = { enum: ['APPROVE', 'REQUEST_CHANGES', 'COMMENT'] };

const REVIEW_OPERATIONS = [
  list({
    name: 'list_reviews',
    summary: 'List the reviews of a pull request',
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews',
    tags: ['reviews'],
    listName: 'reviews',
  }),
  read({
    name: 'get_review',
    summary: 'Get one review of a pull request',
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}',
    tags: ['reviews'],
  }),
  list({
    name: 'list_comments_of_review',
    summary: 'List the comments on lines that belong to one review',
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/comments',
    tags: ['reviews', 'review-comments'],
    listName: 'comments',
  }),
  write({
    name: 'create_review',
    summary: 'Review a pull request, with comments on lines',
    route: 'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews',
    tags: ['reviews'],
    properties: {
      commit_id: sha,
      body: markdown,
      event: verdict,
      comments: {
        type: 'array',
        maxItems: 100,
        items: {
          type: 'object',
          properties: { path, body: markdown, line, side, start_line: line, start_side: side },
          required: ['path', 'body'],
          additionalProperties: false,
        },
      },
    },
    required: ['event'],
    example: { event: 'COMMENT', body: 'Looks well.' },
    isCreation: true,
  }),
];

const REVIEW_COMMENT_OPERATIONS = [
  list({
    name: 'list_review_comments',
    summary: 'List the comments on lines of a pull request',
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments',
    tags: ['review-comments'],
    properties: {
      since: { type: 'string', format: 'date-time' },
      sort: { enum: ['created', 'updated'] },
      direction: { enum: ['asc', 'desc'] },
    },
    listName: 'comments',
  }),
  read({
    name: 'get_review_comment',
    summary: 'Get one comment on a line of a pull request',
    route: 'GET /repos/{owner}/{repo}/pulls/comments/{comment_id}',
    tags: ['review-comments'],
  }),
  write({
    name: 'create_review_comment',
    summary: 'Comment on a line of a pull request',
    route: 'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments',
    tags: ['review-comments'],
    properties: { body: markdown, commit_id: sha, path, line, side, start_line: line, start_side: side },
    required: ['body', 'commit_id', 'path', 'line'],
    example: {
      body: 'This can be null.',
      commit_id: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
      path: 'src/page.ts',
      line: 3,
    },
    isCreation: true,
  }),
  write({
    name: 'reply_to_review_comment',
    summary: 'Answer a comment on a line of a pull request, in its thread',
    route: 'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies',
    tags: ['review-comments'],
    properties: { body: markdown },
    required: ['body'],
    example: { body: 'It is mended.' },
    isCreation: true,
  }),
  write({
    name: 'update_review_comment',
    summary: 'Replace the text of a comment on a line of a pull request',
    route: 'PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}',
    tags: ['review-comments'],
    properties: { body: markdown },
    required: ['body'],
    example: { body: 'It is mended.' },
    isRepeatable: true,
  }),
];

export const PULL_REQUEST_OPERATIONS = [
  ...PULL_OPERATIONS,
  ...REVIEW_OPERATIONS,
  ...REVIEW_COMMENT_OPERATIONS,
];
