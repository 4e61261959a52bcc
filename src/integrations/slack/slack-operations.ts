import type { JsonSchema, Operation, Params } from '../integration.js';

/** How a method of Slack's Web API wants its arguments: some refuse JSON. */
export type SlackEncoding = 'json' | 'form';

export interface SlackCall {
  method: string;
  encoding: SlackEncoding;
  args: Params;
}

export interface SlackOperation extends Operation {
  /** The call that carries it out; for an upload, the one that publishes the file. */
  call(params: Params): SlackCall;
  /** Whether a second identical call changes nothing more, so that a broken connection may be tried again. */
  readonly isRepeatable: boolean;
}

const text = { type: 'string', minLength: 1, maxLength: 40_000 };
const channel = { type: 'string', minLength: 1, description: 'Channel id, or #name' };
const timestamp = { type: 'string', pattern: '^\\d+\\.\\d+$', description: "A message's ts" };
const blocks = { type: 'array', maxItems: 50, items: { type: 'object' }, description: 'Block Kit blocks' };
const userId = { type: 'string', pattern: '^[UWB][A-Z0-9]+$' };

const duplicates = {
  enum: ['harmless'],
  description: 'A second one does no harm, so that it may be sent again when nobody knows whether it arrived',
};

function object(properties: JsonSchema, required: readonly string[], more: JsonSchema = {}): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false, ...more };
}

const eitherTextOrBlocks = { anyOf: [{ required: ['text'] }, { required: ['blocks'] }] };

const postMessage: SlackOperation = {
  name: 'post_message',
  summary: 'Post a message to a channel, or into a thread',
  params: object(
    { channel, text, blocks, thread_ts: timestamp, reply_broadcast: { type: 'boolean' }, duplicates },
    ['channel'],
    eitherTextOrBlocks,
  ),
  example: { channel: '#general', text: 'hello world' },
  isWrite: true,
  isRepeatable: false,
  tags: ['messages'],
  call: ({ duplicates: _ours, ...args }) => ({ method: 'chat.postMessage', encoding: 'json', args }),
};

const updateMessage: SlackOperation = {
  name: 'update_message',
  summary: 'Replace the content of a message',
  params: object(
    { channel: { type: 'string', pattern: '^[CDG][A-Z0-9]+$' }, ts: timestamp, text, blocks },
    ['channel', 'ts'],
    eitherTextOrBlocks,
  ),
  example: { channel: 'C012AB3CD', ts: '1730000000.000100', text: 'done' },
  isWrite: true,
  isRepeatable: true,
  tags: ['messages'],
  call: (params) => ({ method: 'chat.update', encoding: 'json', args: params }),
};

const uploadFile: SlackOperation = {
  name: 'upload_file',
  summary: 'Upload a file and share it in a channel',
  params: object(
    {
      filename: { type: 'string', minLength: 1, maxLength: 255 },
      content: { type: 'string', minLength: 1, description: 'The file as text' },
      content_base64: {
        type: 'string',
        minLength: 1,
        contentEncoding: 'base64',
        pattern: '^[A-Za-z0-9+/]+={0,2}$',
      },
      title: { type: 'string', maxLength: 255 },
      channel: { type: 'string', pattern: '^[CDG][A-Z0-9]+$', description: 'Channel id; not shared without' },
      initial_comment: text,
      thread_ts: timestamp,
      duplicates,
    },
    ['filename'],
    { oneOf: [{ required: ['content'] }, { required: ['content_base64'] }] },
  ),
  example: { filename: 'report.csv', content: 'client,hours\nAcme,7.5\n', channel: 'C012AB3CD' },
  isWrite: true,
  isRepeatable: false,
  tags: ['files'],
  call: ({ filename, title, channel: channelId, initial_comment, thread_ts }) => ({
    method: 'files.completeUploadExternal',
    encoding: 'json',
    args: given({
      files: [given({ title: title ?? filename })],
      channel_id: channelId,
      initial_comment,
      thread_ts,
    }),
  }),
};

const lookupUser: SlackOperation = {
  name: 'lookup_user',
  summary: 'Find a user by e-mail address or id',
  params: object({ email: { type: 'string', format: 'email' }, user: userId }, [], {
    oneOf: [{ required: ['email'] }, { required: ['user'] }],
  }),
  example: { email: 'ann@example.com' },
  isWrite: false,
  isRepeatable: true,
  tags: ['users'],
  call: (params) =>
    params['email'] === undefined
      ? { method: 'users.info', encoding: 'form', args: params }
      : { method: 'users.lookupByEmail', encoding: 'form', args: params },
};

const openDm: SlackOperation = {
  name: 'open_dm',
  summary: 'Open a direct message with one user or a group of users',
  params: object({ user: userId, users: { type: 'array', items: userId, minItems: 1, maxItems: 8 } }, [], {
    oneOf: [{ required: ['user'] }, { required: ['users'] }],
  }),
  example: { user: 'U012AB3CD' },
  isWrite: true,
  isRepeatable: true, // Slack answers an open conversation with itself.
  tags: ['messages', 'users'],
  call: ({ user, users }) => ({
    method: 'conversations.open',
    encoding: 'json',
    args: { users: ((users as string[] | undefined) ?? [user]).join(',') },
  }),
};

export const SLACK_OPERATIONS: readonly SlackOperation[] = [
  postMessage,
  updateMessage,
  uploadFile,
  lookupUser,
  openDm,
];

/** Whether a call that may have been carried out may be made again. */
export function mayRepeat({ isRepeatable }: SlackOperation, params: Params): boolean {
  return isRepeatable || params['duplicates'] === 'harmless';
}

function given(fields: Params): Params {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
