import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ANY_JSON } from '../http/openapi-answers.js';
import { OVERLAPS } from './timing/schedule-reader.js';
import { SCHEDULE_RUN_KINDS, SCHEDULE_RUN_STATUSES } from './schedules.tables.js';

const TIME = { type: String, format: 'date-time' } as const;

/** A schedule as it is answered. */
export class ScheduleView {
  @ApiProperty({ example: '01K8Z5D8V3QGZ1N7X0T4W6Y2AB' }) id!: string;
  @ApiProperty({ type: String, nullable: true }) name!: string | null;
  @ApiProperty({
    ...ANY_JSON,
    description: 'As it was given, a text or an object; null for every and at.',
    example: '0 9 * * mon-fri',
  })
  cron!: unknown;
  @ApiProperty({ type: String, nullable: true }) every!: string | null;
  @ApiProperty({ type: String, nullable: true }) startAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) at!: string | null;
  @ApiProperty({ example: 'Europe/Berlin' }) timeZone!: string;
  @ApiProperty({ deprecated: true, description: 'The old name of timeZone.', example: 'Europe/Berlin' })
  timezone!: string;
  @ApiPropertyOptional({ example: 'slack' }) integration?: string;
  @ApiPropertyOptional({ example: 'post_message' }) operation?: string;
  @ApiPropertyOptional({ type: Object, example: { channel: '#general', text: 'Good morning' } })
  params?: Record<string, unknown>;
  @ApiPropertyOptional({
    type: [String],
    description: 'Params in which {{ secrets.name }} stands for that secret.',
  })
  secretsIn?: readonly string[];
  @ApiPropertyOptional({ description: 'The text that was understood as the action.' }) text?: string;
  @ApiPropertyOptional({ description: 'Id of the flow that is run in place of an action.' }) flow?: string;
  @ApiPropertyOptional({ ...ANY_JSON, description: 'What the flow sees as payload.' }) payload?: unknown;
  @ApiProperty({ ...ANY_JSON, description: 'coalesce, skip, or {"catch_up": n}.', example: 'coalesce' })
  misfire!: unknown;
  @ApiProperty({ enum: OVERLAPS, example: 'queue' }) overlap!: string;
  @ApiProperty({ description: 'Seconds.', example: 0 }) jitter!: number;
  @ApiProperty({ example: false }) paused!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'The flow that carries this schedule.' })
  ofFlow!: string | null;
  @ApiProperty({
    type: [String],
    description: 'The next five.',
    example: ['2026-11-23T08:00:00.000Z', '2026-11-24T08:00:00.000Z'],
  })
  nextRuns!: string[];
  @ApiProperty({ ...TIME, nullable: true }) lastDueAt!: Date | null;
  @ApiProperty(TIME) createdAt!: Date;
  @ApiProperty(TIME) updatedAt!: Date;
  @ApiProperty({ example: 'ci' }) createdBy!: string;
}

export class ScheduledView extends ScheduleView {
  @ApiProperty({ example: true }) scheduled!: true;
}

export class ScheduleRunView {
  @ApiProperty() id!: string;
  @ApiProperty() scheduleId!: string;
  @ApiProperty({ enum: SCHEDULE_RUN_KINDS }) kind!: string;
  @ApiProperty({ enum: SCHEDULE_RUN_STATUSES }) status!: string;
  @ApiProperty(TIME) dueAt!: Date;
  @ApiProperty({ ...TIME, nullable: true }) startedAt!: Date | null;
  @ApiProperty({ ...TIME, nullable: true }) finishedAt!: Date | null;
  @ApiProperty({ type: Number, nullable: true }) durationMs!: number | null;
  @ApiProperty({ example: 0 }) attempts!: number;
  @ApiProperty({ description: 'Due times that it stands for beyond its own.', example: 0 }) missed!: number;
  @ApiProperty({ type: String, nullable: true }) flowRunId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'In the journal: GET /actions/runs/{id}.' })
  actionRunId!: string | null;
  @ApiProperty({ ...ANY_JSON, description: 'What the action answered.', example: null }) result!: unknown;
  @ApiProperty({ ...ANY_JSON, description: 'Why it failed: code and message.', example: null })
  error!: unknown;
  @ApiProperty() requestId!: string;
}

export class ScheduleDetails extends ScheduleView {
  @ApiProperty({ type: [ScheduleRunView], description: 'The last twenty.' }) runs!: ScheduleRunView[];
}

export class SchedulePage {
  @ApiProperty({ type: [ScheduleView] }) items!: ScheduleView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class ScheduleRunPage {
  @ApiProperty({ type: [ScheduleRunView] }) items!: ScheduleRunView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}
