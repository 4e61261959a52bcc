import { filled, list, markdown, names, read, text, write } from './github-operation.js';

const state = { enum: ['open', 'closed'] };
const states = { enum: ['open', 'closed', 'all'] };
const since = { type: 'string', format: 'date-time', description: 'Only what changed since then' };
const direction = { enum: ['asc', 'desc'] };
const labels = names(100);
const assignees = names(10);
const milestone = { type: ['integer', 'null'], minimum: 1 };

const ISSUE_OPERATIONS_PROPER = [
  list({
    name: 'list_issues',
    summary: 'List the issues of a repository; pull requests are among them',
    route: 'GET /repos/{owner}/{repo}/issues',
    tags: ['issues'],
    properties: {
      state: states,
      labels: { ...filled(1000), description: 'Names of labels, comma-separated; an issue has all of them' },
      since,
      sort: { enum: ['created', 'updated', 'comments'] },
      direction,
      creator: filled(100),
      assignee: { ...filled(100), description: 'A user, none or *' },
      mentioned: filled(100),
      milestone: { ...filled(20), description: 'A number, none or *' },
    },
    example: { state: 'open', labels: 'claude-bot' },
    listName: 'issues',
  }),
  read({
    name: 'get_issue',
    summary: 'Get one issue, or a pull request as an issue',
    route: 'GET /repos/{owner}/{repo}/issues/{issue_number}',
    tags: ['issues'],
  }),
  write({
    name: 'create_issue',
    summary: 'Create an issue',
    route: 'POST /repos/{owner}/{repo}/issues',
    tags: ['issues'],
    properties: { title: filled(256), body: markdown, labels, assignees, milestone },
    required: ['title'],
    example: { title: 'The page does not load', body: 'Since this morning.', labels: ['bug'] },
    isCreation: true,
  }),
  write({
    name: 'update_issue',
    summary: 'Change an issue: its title, text, state, labels or assignees',
    route: 'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
    tags: ['issues'],
    properties: {
      title: filled(256),
      body: markdown,
      state,
      state_reason: { enum: ['completed', 'not_planned', 'duplicate', 'reopened', null] },
      labels,
      assignees,
      milestone,
    },
    example: { state: 'closed', state_reason: 'completed' },
    isRepeatable: true,
  }),
  list({
    name: 'list_issue_events',
    summary: 'List what happened to an issue: who labelled, assigned, closed or renamed it',
    route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/events',
    tags: ['issues'],
    listName: 'events',
  }),
  write({
    name: 'add_assignees',
    summary: 'Assign people to an issue or a pull request',
    route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/assignees',
    tags: ['issues'],
    properties: { assignees },
    required: ['assignees'],
    example: { assignees: ['ann'] },
    isRepeatable: true,
  }),
];

const COMMENT_OPERATIONS = [
  list({
    name: 'list_issue_comments',
    summary: 'List the comments of an issue, or of the conversation of a pull request',
    route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
    tags: ['comments'],
    properties: { since },
    listName: 'comments',
  }),
  list({
    name: 'list_repository_comments',
    summary: 'List the comments of all issues and pull requests of a repository',
    route: 'GET /repos/{owner}/{repo}/issues/comments',
    tags: ['comments'],
    properties: { since, sort: { enum: ['created', 'updated'] }, direction },
    example: { since: '2026-11-30T09:00:00Z' },
    listName: 'comments',
  }),
  read({
    name: 'get_issue_comment',
    summary: 'Get one comment of an issue or of the conversation of a pull request',
    route: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
    tags: ['comments'],
  }),
  write({
    name: 'create_issue_comment',
    summary: 'Comment on an issue or a pull request',
    route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
    tags: ['comments'],
    properties: { body: markdown },
    required: ['body'],
    example: { body: 'It is being looked at.' },
    isCreation: true,
  }),
  write({
    name: 'update_issue_comment',
    summary: 'Replace the text of a comment',
    route: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
    tags: ['comments'],
    properties: { body: markdown },
    required: ['body'],
    example: { body: 'It is done.' },
    isRepeatable: true,
  }),
  write({
    name: 'delete_issue_comment',
    summary: 'Delete a comment',
    route: 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}',
    tags: ['comments'],
    isRepeatable: true,
  }),
];

const colour = {
  type: 'string',
  pattern: '^[0-9a-fA-F]{6}$',
  description: 'Six hexadecimal digits, without #',
};

const LABEL_OPERATIONS = [
  list({
    name: 'list_labels',
    summary: 'List the labels that a repository has',
    route: 'GET /repos/{owner}/{repo}/labels',
    tags: ['labels'],
    listName: 'labels',
  }),
  write({
    name: 'create_label',
    summary: 'Add a label to those that a repository has',
    route: 'POST /repos/{owner}/{repo}/labels',
    tags: ['labels'],
    properties: { name: filled(50), color: colour, description: text(100) },
    required: ['name'],
    example: { name: 'bot:queued', color: 'fbca04' },
  }),
  list({
    name: 'list_issue_labels',
    summary: 'List the labels of an issue or a pull request',
    route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/labels',
    tags: ['labels'],
    listName: 'labels',
  }),
  write({
    name: 'add_labels',
    summary: 'Put labels on an issue or a pull request',
    route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels',
    tags: ['labels'],
    properties: { labels },
    required: ['labels'],
    example: { labels: ['bug'] },
    isRepeatable: true,
  }),
  write({
    name: 'set_labels',
    summary: 'Replace all labels of an issue or a pull request',
    route: 'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels',
    tags: ['labels'],
    properties: { labels },
    required: ['labels'],
    example: { labels: ['bug'] },
    isRepeatable: true,
  }),
  write({
    name: 'remove_label',
    summary: 'Take a label off an issue or a pull request',
    route: 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}',
    tags: ['labels'],
    isRepeatable: true,
  }),
];

const content = { enum: ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] };
const reaction = { properties: { content }, required: ['content'], example: { content: 'eyes' } };

/** GitHub answers a reaction that is there already with itself. */
const REACTION_OPERATIONS = [
  list({
    name: 'list_issue_reactions',
    summary: 'List the reactions to an issue or a pull request',
    route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/reactions',
    tags: ['reactions'],
    properties: { content },
    listName: 'reactions',
  }),
  write({
    name: 'react_to_issue',
    summary: 'React to an issue or a pull request',
    route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/reactions',
    tags: ['reactions'],
    ...reaction,
    isRepeatable: true,
  }),
  write({
    name: 'remove_issue_reaction',
    summary: 'Take back a reaction to an issue or a pull request',
    route: 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/reactions/{reaction_id}',
    tags: ['reactions'],
    isRepeatable: true,
  }),
  write({
    name: 'react_to_issue_comment',
    summary: 'React to a comment of an issue or of the conversation of a pull request',
    route: 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    tags: ['reactions'],
    ...reaction,
    isRepeatable: true,
  }),
  write({
    name: 'react_to_review_comment',
    summary: 'React to a comment on a line of a pull request',
    route: 'POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions',
    tags: ['reactions'],
    ...reaction,
    isRepeatable: true,
  }),
];

export const ISSUE_OPERATIONS = [
  ...ISSUE_OPERATIONS_PROPER,
  ...COMMENT_OPERATIONS,
  ...LABEL_OPERATIONS,
  ...REACTION_OPERATIONS,
];
