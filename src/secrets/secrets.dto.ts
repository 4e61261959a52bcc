import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { IsOmittable } from '../http/is-omittable.js';
import { OpaqueCursor, PageLimit } from '../paging/page.dto.js';
import { PLACEABLE_PARAMS } from './secret-rules.js';

const FLAGS = ['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'];
const NO_NUL = { message: 'value must not hold the character NUL' };

export class PutSecretDto {
  @ApiProperty({
    description:
      'Never answered. With fewer than 8 characters it could not be told from other text in answers.',
    writeOnly: true,
    example: 'ghp_0123456789abcdef',
  })
  @IsString()
  @MinLength(8)
  @MaxLength(8192)
  @Matches(/^[^\0]*$/, NO_NUL)
  value!: string;

  @ApiPropertyOptional({ example: 'Opens issues for the night shift' })
  @IsOmittable()
  @IsString()
  @MaxLength(1000)
  @Matches(/^[^\0]*$/, { message: 'description must not hold the character NUL' })
  description?: string;

  @ApiPropertyOptional({
    type: [String],
    description: 'Hosts to which http-request may send it, with a port that is not the usual one.',
    example: ['api.github.com'],
  })
  @IsOmittable()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @MaxLength(260, { each: true })
  allowedHosts?: string[];

  @ApiPropertyOptional({
    type: [String],
    enum: PLACEABLE_PARAMS,
    isArray: true,
    description: 'Params of http-request in which it may stand; headers alone by default.',
    example: ['headers'],
  })
  @IsOmittable()
  @IsArray()
  @ArrayMaxSize(4)
  @IsIn(PLACEABLE_PARAMS, { each: true })
  allowedParams?: string[];

  @ApiPropertyOptional({
    type: [String],
    description: 'Other integrations in whose params it may stand. Who sees their data sees it there.',
    example: [],
  })
  @IsOmittable()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  allowedIntegrations?: string[];
}

export class ListSecretsDto {
  @PageLimit()
  limit: number = 50;

  @OpaqueCursor()
  cursor?: string;
}

export class DeleteSecretDto {
  @ApiPropertyOptional({
    enum: FLAGS,
    description: 'Delete it although flows or schedules name it: they will fail.',
  })
  @IsOmittable()
  @IsIn(FLAGS, { message: 'force must be true or false' })
  force?: string;
}

export class SecretUserView {
  @ApiProperty({ enum: ['flow', 'schedule'] })
  kind!: string;
  @ApiProperty()
  id!: string;
  @ApiProperty({ type: String, nullable: true })
  name!: string | null;
}

export class SecretDto {
  @ApiProperty({ example: 'github_token' })
  name!: string;
  @ApiProperty({ type: String, nullable: true })
  description!: string | null;
  @ApiProperty({ type: [String] })
  allowedHosts!: readonly string[];
  @ApiProperty({ type: [String] })
  allowedParams!: readonly string[];
  @ApiProperty({ type: [String] })
  allowedIntegrations!: readonly string[];
  @ApiProperty({ description: 'One more with each value that was set.' })
  version!: number;
  @ApiProperty({ description: 'False where it was sealed with a key that is not here.' })
  canBeOpened!: boolean;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  createdBy!: string;
  @ApiProperty()
  updatedAt!: Date;
  @ApiProperty()
  updatedBy!: string;
  @ApiProperty({ type: Date, nullable: true, description: 'Up to half a minute late.' })
  lastUsedAt!: Date | null;
  @ApiProperty({ type: [SecretUserView], description: 'What names it; the first hundred.' })
  usedBy!: SecretUserView[];
  @ApiProperty()
  usedByCount!: number;
}

export class SecretPageDto {
  @ApiProperty({ type: [SecretDto] })
  items!: SecretDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
