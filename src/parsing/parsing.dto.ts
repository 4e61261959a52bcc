import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNotEmpty, IsString, Matches, MaxLength, ValidateBy } from 'class-validator';
import { IsOmittable } from '../http/is-omittable.js';
import type { ParserName } from './action.js';
import { TimeZone } from '../clock/time-zone.js';

export const LONGEST_TEXT = 100_000;

export function IsTimeZoneName(): PropertyDecorator {
  return ValidateBy({
    name: 'isTimeZoneName',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && TimeZone.find(value) !== undefined,
      defaultMessage: () => 'timeZone must be a time zone such as Europe/Paris or UTC',
    },
  });
}

export class ParseTextDto {
  @ApiProperty({ example: 'clockify.create_client workspaceId=64a687e29ae1f428e7ebe303 name="Acme Ltd"' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(LONGEST_TEXT)
  text!: string;

  @ApiPropertyOptional({ description: 'Where the text is said.', example: 'Europe/Paris' })
  @IsOmittable()
  @IsTimeZoneName()
  timeZone?: string;
}

export class ParseQueryDto {
  @ApiPropertyOptional({
    description: 'Have the model read the text.',
    enum: ['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'],
  })
  @IsOmittable()
  @Matches(/^(true|false|1|0|yes|no|on|off)$/i, { message: 'llm must be true or false' })
  llm?: string;
}

export class ParsedActionDto {
  @ApiProperty({ example: 'clockify' })
  integration!: string;

  @ApiProperty({ example: 'create_client' })
  operation!: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  params!: Record<string, unknown>;

  @ApiProperty({ enum: ['rule', 'llm', 'fallback'] })
  parser!: ParserName;
}
