import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Allow, IsBoolean, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { SecretsIn } from '../actions/secrets-in.js';
import type { BodyShape } from '../http/openapi-bodies.js';
import { PageQuery } from '../paging/page.dto.js';
import { OVERLAPS } from './timing/schedule-reader.js';

const CRON_OBJECT = {
  type: 'object',
  description: 'APScheduler’s fields. Absent: every, above the finest one given; the lowest value, below it.',
  properties: Object.fromEntries(
    ['year', 'month', 'day', 'week', 'day_of_week', 'hour', 'minute', 'second'].map((name) => [
      name,
      { oneOf: [{ type: 'integer' }, { type: 'string' }] },
    ]),
  ),
};

/**
 * Times and policies are read by the rules of this room, which name the field that is wrong. The examples of its fields
 * together make a schedule.
 */
export class ScheduleDto {
  @ApiPropertyOptional({ example: 'Weekly report' })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  name?: string;

  @ApiPropertyOptional({ example: 'slack' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  integration?: string;

  @ApiPropertyOptional({ example: 'post_message' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  operation?: string;

  @ApiPropertyOptional({ example: { channel: '#general', text: 'Good morning' } })
  @IsOptional()
  @IsObject()
  params?: Record<string, unknown>;

  @SecretsIn()
  secretsIn?: string[];

  @ApiPropertyOptional({ description: 'Id or name of a flow to run in place of an action.' })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  flow?: string;

  @ApiPropertyOptional({ description: 'What the flow sees as payload.' })
  @Allow()
  payload?: unknown;

  @ApiPropertyOptional({ description: 'An action in words, understood once, now.' })
  @IsOptional()
  @IsString()
  @MaxLength(4000)
  text?: string;

  @ApiPropertyOptional({ description: 'Let the model understand the text.' })
  @IsOptional()
  @IsBoolean()
  llm?: boolean;

  @ApiPropertyOptional({ oneOf: [{ type: 'string' }, CRON_OBJECT as object], example: '0 9 * * mon-fri' })
  @Allow()
  cron?: unknown;

  @ApiPropertyOptional({ type: String, description: 'ISO 8601 duration, such as PT15M.' })
  @Allow()
  every?: unknown;

  @ApiPropertyOptional({ type: String, description: 'With every: counted from here; now by default.' })
  @Allow()
  startAt?: unknown;

  @ApiPropertyOptional({ type: String, description: 'Once, at this date and time.' })
  @Allow()
  at?: unknown;

  @ApiPropertyOptional({
    type: String,
    description: 'IANA zone; DEFAULT_TIME_ZONE by default.',
    example: 'Europe/Berlin',
  })
  @Allow()
  timeZone?: unknown;

  @ApiPropertyOptional({ type: String, deprecated: true, description: 'The old name of timeZone.' })
  @Allow()
  timezone?: unknown;

  @ApiPropertyOptional({
    description: 'Due times that passed while the service was away.',
    oneOf: [
      { type: 'string', enum: ['skip', 'coalesce', 'catch_up'] },
      { type: 'object', properties: { catch_up: { type: 'integer', minimum: 1, maximum: 1000 } } },
    ],
  })
  @Allow()
  misfire?: unknown;

  @ApiPropertyOptional({
    enum: OVERLAPS,
    description: 'When the run before is not over yet; queue by default.',
  })
  @Allow()
  overlap?: unknown;

  @ApiPropertyOptional({
    type: Number,
    description: 'Up to this many seconds later, different for each run.',
  })
  @Allow()
  jitter?: unknown;

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  paused?: boolean;
}

const WHEN = ['cron', 'every', 'startAt', 'at', 'timeZone', 'timezone'];
const HOW = ['name', ...WHEN, 'misfire', 'overlap', 'jitter', 'paused'];
const ACTION = ['integration', 'operation', 'params', 'secretsIn'];
const FLOW = ['flow', 'payload'];
const WORDS = ['text', 'llm'];
const ONE_TIME = ['cron', 'every', 'at'];

export const SCHEDULE_BODIES: Readonly<Record<string, BodyShape>> = {
  ScheduledAction: {
    summary: 'An action at set times',
    fields: [...ACTION, ...HOW],
    required: ['integration', 'operation'],
    oneOf: ONE_TIME,
    example: {
      name: 'Weekly report',
      integration: 'slack',
      operation: 'post_message',
      params: { channel: '#general', text: 'Good morning' },
      cron: '0 9 * * mon-fri',
      timeZone: 'Europe/Berlin',
    },
  },
  ScheduledFlow: {
    summary: 'A flow at set times, by its id or its name',
    fields: [...FLOW, ...HOW],
    required: ['flow'],
    oneOf: ONE_TIME,
    example: { flow: 'Say hello', payload: { name: 'Acme' }, every: 'PT15M' },
  },
  ScheduledText: {
    summary: 'What a text says, understood once, now',
    fields: [...WORDS, ...HOW],
    required: ['text'],
    oneOf: ONE_TIME,
    example: {
      text: 'clockify.list_clients workspaceId=64a687e29ae1f428e7ebe303',
      at: '2099-12-31T09:00:00Z',
    },
  },
};

export const SCHEDULE_CHANGES: Readonly<Record<string, BodyShape>> = {
  ScheduleChanges: {
    summary: 'The fields to change; another timing takes the place of the whole of the old one',
    fields: [...ACTION, ...FLOW, ...WORDS, ...HOW],
    example: { paused: true },
  },
};

export class ListSchedulesDto extends PageQuery {
  @ApiPropertyOptional({ type: Boolean })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  paused?: boolean;
}
