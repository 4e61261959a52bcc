import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsString } from 'class-validator';
import { IsOmittable } from '../http/is-omittable.js';
import { OpaqueCursor, PageLimit } from '../paging/page.dto.js';

export const DEAD_LETTER_KINDS = ['event', 'job'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

export class DeadLetterQuery {
  @PageLimit()
  limit: number = 50;

  @OpaqueCursor('The nextCursor of the page before, of the same kind; empty for the first.')
  cursor?: string;

  @ApiPropertyOptional({ enum: DEAD_LETTER_KINDS, default: 'event' })
  @IsOmittable()
  @IsIn(DEAD_LETTER_KINDS)
  kind: DeadLetterKind = 'event';
}

export class RedriveRequest {
  @ApiProperty({ enum: DEAD_LETTER_KINDS })
  @IsIn(DEAD_LETTER_KINDS)
  kind!: DeadLetterKind;

  @ApiPropertyOptional({ description: 'These only; all of the kind where absent', type: [String] })
  @IsOmittable()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @IsString({ each: true })
  ids?: string[];
}

export class DeadLetterView {
  @ApiProperty({ description: 'Of the event or the job' }) id!: string;
  @ApiProperty({ enum: DEAD_LETTER_KINDS }) kind!: DeadLetterKind;
  @ApiProperty({ description: "The event's type or the job's queue" }) name!: string;
  @ApiProperty({ type: Object, nullable: true, description: 'Why the last try failed' }) reason!: unknown;
  @ApiProperty({ type: String, format: 'date-time' }) diedAt!: Date;
}

export class DeadLetterPage {
  @ApiProperty({ type: [DeadLetterView] }) items!: DeadLetterView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class Redriven {
  @ApiProperty() redriven!: number;
}
