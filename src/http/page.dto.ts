import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** What every list takes: how many, and where the page before ended. */
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ description: 'The nextCursor of the page before.' })
  @Transform(({ value }: { value: unknown }) => (value === '' ? undefined : value)) // As a script's first page has it.
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}
