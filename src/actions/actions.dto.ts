import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsString, Matches, MaxLength } from 'class-validator';
import { ANY_JSON } from '../http/openapi-answers.js';
import { IsEdge } from '../clock/instant.dto.js';
import { IsOmittable } from '../http/is-omittable.js';
import { PageQuery } from '../paging/page.dto.js';
import { IsTimeZoneName, LONGEST_TEXT } from '../parsing/parsing.dto.js';
import { RUN_OUTCOMES } from './action-runner.js';
import { SecretsIn } from './secrets-in.js';

const FLAG_WORDS = ['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'];
const FLAG = /^(true|false|1|0|yes|no|on|off)$/i;
const RUN_STATES = ['running', ...RUN_OUTCOMES] as const;

/** One of RUN_BODIES; which it is, the service finds out. */
export class RunActionDto {
  @ApiPropertyOptional({ example: 'clockify' })
  @IsOmittable()
  @IsString()
  @MaxLength(100)
  integration?: string;

  @ApiPropertyOptional({ example: 'create_client' })
  @IsOmittable()
  @IsString()
  @MaxLength(200)
  operation?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { workspaceId: '64a687e29ae1f428e7ebe303', body: { name: 'Acme' } },
  })
  @IsOmittable()
  @IsObject()
  params?: Record<string, unknown>;

  @SecretsIn()
  secretsIn?: string[];

  @ApiPropertyOptional({ description: 'In place of the three: clockify.list_clients workspaceId=64a6…' })
  @IsOmittable()
  @IsString()
  @MaxLength(LONGEST_TEXT)
  text?: string;

  @ApiPropertyOptional({ description: 'Have the model read the text.' })
  @IsOmittable()
  @IsBoolean()
  llm?: boolean;

  @ApiPropertyOptional({
    description: 'In place of all else: the confirm of a confirmation_required, to carry out what it shows.',
  })
  @IsOmittable()
  @IsString()
  @MaxLength(100)
  confirm?: string;

  @ApiPropertyOptional({ description: 'Where the text is said, such as Europe/Paris.' })
  @IsOmittable()
  @IsTimeZoneName()
  timeZone?: string;
}

export const RUN_BODIES = {
  NamedAction: {
    summary: 'An action by its names',
    fields: ['integration', 'operation', 'params', 'secretsIn'],
    required: ['integration', 'operation'],
    example: {
      integration: 'clockify',
      operation: 'create_client',
      params: { workspaceId: '64a687e29ae1f428e7ebe303', body: { name: 'Acme' } },
    },
  },
  ActionInWords: {
    summary: 'A text to read first',
    fields: ['text', 'llm', 'timeZone'],
    required: ['text'],
    example: { text: 'clockify.list_clients workspaceId=64a687e29ae1f428e7ebe303', timeZone: 'Europe/Paris' },
  },
  ConfirmedAction: {
    summary: 'The confirm of a confirmation_required, by itself: carries out what that has shown',
    fields: ['confirm'],
    required: ['confirm'],
    example: { confirm: 'cbc_…' },
  },
} as const;

export class RunQueryDto {
  @ApiPropertyOptional({
    enum: FLAG_WORDS,
    description: 'Validate, and show the request that would be sent.',
  })
  @IsOmittable()
  @Matches(FLAG, { message: 'dryRun must be true or false' })
  dryRun?: string;

  @ApiPropertyOptional({ enum: FLAG_WORDS, deprecated: true, description: 'The old name of dryRun.' })
  @IsOmittable()
  @Matches(FLAG, { message: 'dry_run must be true or false' })
  dry_run?: string;
}

export class ListRunsDto extends PageQuery {
  @ApiPropertyOptional()
  @IsOmittable()
  @IsString()
  integration?: string;

  @ApiPropertyOptional()
  @IsOmittable()
  @IsString()
  operation?: string;

  @ApiPropertyOptional({ enum: RUN_STATES })
  @IsOmittable()
  @IsIn(RUN_STATES)
  outcome?: (typeof RUN_STATES)[number];

  @ApiPropertyOptional({ description: 'Name of the API key that ran it.' })
  @IsOmittable()
  @IsString()
  caller?: string;

  @ApiPropertyOptional({ description: 'The request that ran it, as X-Request-ID and each answer name it.' })
  @IsOmittable()
  @IsString()
  @MaxLength(128)
  requestId?: string;

  @ApiPropertyOptional({ description: 'Started at this time or later.' })
  @IsOmittable()
  @IsEdge()
  from?: string;

  @ApiPropertyOptional({ description: 'Started before this time.' })
  @IsOmittable()
  @IsEdge()
  to?: string;
}

/** What a run came to after all, once another process had taken it for cut off and ended it. */
export class LateOutcomeDto {
  @ApiProperty({ enum: RUN_OUTCOMES, example: 'succeeded' })
  outcome!: (typeof RUN_OUTCOMES)[number];

  @ApiProperty()
  at!: Date;

  @ApiProperty({ ...ANY_JSON })
  result!: unknown;

  @ApiProperty({ ...ANY_JSON })
  error!: unknown;
}

/** A run as the journal shows it. */
export class RunDto {
  @ApiProperty()
  id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'clockify' })
  integration!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'create_client' })
  operation!: string | null;

  @ApiProperty({ enum: RUN_STATES, example: 'succeeded' })
  outcome!: (typeof RUN_STATES)[number];

  @ApiProperty({ example: true })
  isWrite!: boolean;

  @ApiProperty({ example: 'ci' })
  caller!: string;

  @ApiProperty()
  requestId!: string;

  @ApiProperty({ type: String, nullable: true })
  idempotencyKey!: string | null;

  @ApiProperty()
  startedAt!: Date;

  @ApiProperty({ type: Date, nullable: true })
  finishedAt!: Date | null;

  @ApiProperty({ type: Number, nullable: true, example: 184 })
  durationMs!: number | null;

  @ApiProperty({ ...ANY_JSON, description: 'As sent, with secrets hidden; shortened where long.' })
  params!: unknown;

  @ApiProperty({ ...ANY_JSON, description: 'As answered, with secrets hidden; shortened where long.' })
  result!: unknown;

  @ApiProperty({ ...ANY_JSON, description: 'Why it failed: code, message, outcome.', example: null })
  error!: unknown;

  @ApiProperty({
    type: LateOutcomeDto,
    nullable: true,
    description: 'What it came to after all, where it had been taken for cut off before.',
  })
  late!: LateOutcomeDto | null;
}

export class RunPageDto {
  @ApiProperty({ type: [RunDto] })
  items!: RunDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
