import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ANY_JSON } from '../http/openapi-answers.js';
import { STEP_KINDS } from './document/flow-definition.js';
import { RUN_ORIGINS, RUN_STATUSES, STEP_STATUSES } from './flows.tables.js';

/** What the routes of flows answer, for readers of the API description. */
const TIME = { type: String, format: 'date-time' } as const;
const RANGE = {
  type: 'object',
  properties: { min: { type: 'integer' }, max: { type: 'integer' } },
  example: { min: 1, max: 1 },
} as const;

export class FlowCostView {
  @ApiProperty({
    ...RANGE,
    description: 'Requests to Clockify that one run makes, with those of the flows that it calls.',
    example: { min: 0, max: 0 },
  })
  clockifyRequests!: object;
  @ApiProperty({ ...RANGE, description: 'Actions of any integration.' }) actions!: object;
}

export class FlowFault {
  @ApiProperty({ example: 'steps[0].action' }) path!: string;
  @ApiProperty({ example: 'is not known' }) message!: string;
}

/** A flow’s document, and what the service knows of it. */
export class SavedFlow {
  @ApiProperty({ example: '01K8Z5D8V3QGZ1N7X0T4W6Y2AB' }) id!: string;
  @ApiProperty({ example: 1 }) version!: number;
  @ApiProperty({ example: 'Say hello' }) name!: string;
  @ApiPropertyOptional() description?: string;
  @ApiPropertyOptional({ example: true }) enabled?: boolean;
  @ApiPropertyOptional({ type: Object, example: { source: 'clockify', events: ['NEW_PROJECT'] } })
  trigger?: object;
  @ApiPropertyOptional(ANY_JSON) conditions?: unknown;
  @ApiProperty({
    type: 'array',
    items: { type: 'object' },
    example: [
      {
        id: 'action_1',
        action: 'slack.post_message',
        params: { channel: '#general', text: 'There is a new project' },
      },
    ],
  })
  steps!: object[];
  @ApiPropertyOptional({ type: Object }) limits?: object;
  @ApiPropertyOptional(TIME) createdAt?: Date;
  @ApiPropertyOptional(TIME) updatedAt?: Date;
  @ApiPropertyOptional() createdBy?: string;
  @ApiPropertyOptional({ type: FlowCostView }) cost?: FlowCostView;
  @ApiPropertyOptional({
    type: Object,
    description:
      'Since when (at) the service itself keeps events from starting the flow, and why (reason): its expressions were cut off again and again. Absent otherwise; saving or enabling the flow ends it.',
  })
  paused?: object;
  @ApiPropertyOptional({
    type: [FlowFault],
    description:
      'What will fail as things stand: calls of flows that are not there. Absent where there is nothing.',
  })
  warnings?: FlowFault[];
}

export class FlowPage {
  @ApiProperty({ type: [SavedFlow] }) items!: SavedFlow[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class CheckReportView {
  @ApiProperty({ example: true }) valid!: boolean;
  @ApiProperty({ type: [FlowFault], example: [] }) faults!: FlowFault[];
  @ApiPropertyOptional({ type: Object, description: 'The flow as it would be saved.' }) flow?: object;
  @ApiPropertyOptional({ type: FlowCostView }) cost?: FlowCostView;
  @ApiPropertyOptional({
    type: [FlowFault],
    description: 'What will fail as things stand: calls of flows that are not there.',
    example: [],
  })
  warnings?: FlowFault[];
}

export class FlowVersion {
  @ApiProperty({ example: 1 }) version!: number;
  @ApiProperty({ example: 'ci' }) createdBy!: string;
  @ApiProperty(TIME) createdAt!: Date;
}

export class FlowVersionPage {
  @ApiProperty({ type: [FlowVersion] }) items!: FlowVersion[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class FlowRunView {
  @ApiProperty() id!: string;
  @ApiProperty() flowId!: string;
  @ApiProperty({ example: 1 }) flowVersion!: number;
  @ApiProperty({ enum: RUN_STATUSES }) status!: string;
  @ApiProperty({ enum: RUN_ORIGINS, example: 'manual' }) origin!: string;
  @ApiProperty({ type: String, nullable: true }) eventId!: string | null;
  @ApiProperty({ type: String, nullable: true }) replayOf!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The run that called it.' })
  parentRunId!: string | null;
  @ApiProperty({ type: String, nullable: true }) workspaceId!: string | null;
  @ApiProperty(TIME) createdAt!: Date;
  @ApiProperty({ ...TIME, nullable: true, description: 'When it first began; a retry goes on with it.' })
  startedAt!: Date | null;
  @ApiProperty({ ...TIME, nullable: true }) finishedAt!: Date | null;
  @ApiProperty({ type: Number, nullable: true, description: 'From startedAt to finishedAt, waits included.' })
  durationMs!: number | null;
  @ApiProperty({ ...TIME, nullable: true }) waitsUntil!: Date | null;
  @ApiProperty({ example: 0 }) stepCount!: number;
  @ApiProperty({ description: 'How often another process took it over.', example: 0 }) takenOver!: number;
  @ApiProperty({ example: false }) isCancelRequested!: boolean;
  @ApiProperty({
    ...ANY_JSON,
    description: 'Why it failed: code, message and path of the step.',
    example: null,
  })
  error!: unknown;
  @ApiProperty({ example: 'ci' }) createdBy!: string;
  @ApiProperty() requestId!: string;
}

export class FlowRunPage {
  @ApiProperty({ type: [FlowRunView] }) items!: FlowRunView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class FlowStepView {
  @ApiProperty({ example: 'each[3].create' }) path!: string;
  @ApiProperty({ example: 'create' }) id!: string;
  @ApiProperty({ enum: STEP_KINDS }) kind!: string;
  @ApiProperty({ enum: STEP_STATUSES, example: 'succeeded' }) status!: string;
  @ApiProperty({ example: 1 }) attempts!: number;
  @ApiProperty({ ...ANY_JSON, description: 'What it was called with.', example: {} }) input!: unknown;
  @ApiProperty({ ...ANY_JSON, description: 'What it answered.', example: {} }) output!: unknown;
  @ApiProperty({ ...ANY_JSON, example: null }) error!: unknown;
  @ApiProperty(TIME) startedAt!: Date;
  @ApiProperty({ ...TIME, nullable: true }) finishedAt!: Date | null;
  @ApiProperty({ type: Number, nullable: true }) durationMs!: number | null;
  @ApiProperty({ ...TIME, nullable: true }) wakesAt!: Date | null;
  @ApiProperty({ type: String, nullable: true, description: 'In the journal: GET /actions/runs/{id}.' })
  actionRunId!: string | null;
}

export class FlowRunDetails extends FlowRunView {
  @ApiProperty({ type: Object, description: 'The event and the payload.' }) input!: object;
  @ApiProperty({ ...ANY_JSON, example: null }) result!: unknown;
  @ApiProperty({ type: [FlowStepView] }) steps!: FlowStepView[];
}

export class StartedRun {
  @ApiProperty({ description: 'False where the conditions of the flow do not hold.', example: true })
  started!: boolean;
  @ApiProperty({ type: FlowRunView, nullable: true }) run!: FlowRunView | null;
}

export class BacktestReportView {
  @ApiProperty({ description: 'Events that were looked at.', example: 12 }) events!: number;
  @ApiProperty({ description: 'There were more events than were looked at.', example: false })
  isCut!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'To ask for the rest with.', example: null })
  nextCursor!: string | null;
  @ApiProperty({ description: 'Events that would have started a run.', example: 0 }) matched!: number;
  @ApiProperty({
    type: 'array',
    items: { type: 'object' },
    description: 'Each with the calls it would have made.',
    example: [],
  })
  runs!: object[];
}
