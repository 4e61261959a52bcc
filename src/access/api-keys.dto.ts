import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { IsInstant } from '../clock/instant.dto.js';
import { type Role, ROLES } from './access.decorators.js';
import type { Scope } from '../observability/request-context.js';
import { KEY_NAME } from './api-key.js';
import { IsScope, ScopeDto } from './scope.dto.js';

export class CreateApiKeyDto {
  @ApiProperty({
    description: 'Stands in every journal and log line of what is done with the key.',
    example: 'ci',
  })
  @IsString()
  @Matches(KEY_NAME, { message: 'name must be 1 to 64 letters, digits, dots, hyphens or underscores' })
  @Matches(/^(?!anonymous$)/, { message: 'name must not be anonymous' })
  name!: string;

  @ApiProperty({
    enum: ROLES,
    description: 'viewer reads; operator also parses, runs and replays; admin does everything.',
  })
  @IsIn(ROLES)
  role!: Role;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'After this the key is refused. Never, by default.',
  })
  @IsOptional()
  @IsInstant()
  expiresAt?: string;

  @ApiPropertyOptional({
    default: false,
    description:
      'Carry out at once what a model read (llm=true). By default a write of it is to be confirmed.',
  })
  @IsOptional()
  @IsBoolean()
  trustModel?: boolean;

  @ApiPropertyOptional({
    type: ScopeDto,
    description: 'Bind the key; for viewers and operators. What is absent is not bound.',
    minProperties: 1,
  })
  @IsOptional()
  @IsScope()
  scope?: Scope;

  @ApiPropertyOptional({
    default: true,
    description:
      'false: the key, a viewer’s, sees what happened and when, but no payloads, params and results.',
  })
  @IsOptional()
  @IsBoolean()
  payloads?: boolean;
}

export class ApiKeyDto {
  @ApiProperty()
  id!: string;
  @ApiProperty({ example: 'ci' })
  name!: string;
  @ApiProperty({ enum: ROLES })
  role!: Role;
  @ApiProperty({ description: 'Whether what a model read is carried out without being confirmed.' })
  trustModel!: boolean;
  @ApiProperty({ type: ScopeDto, nullable: true, description: 'What it is bound to; null: nothing.' })
  scope!: Scope | null;
  @ApiProperty({ description: 'Whether it sees payloads, params and results.' })
  payloads!: boolean;
  @ApiProperty({
    enum: ['valid', 'expired', 'revoked', 'shadowed'],
    description: 'shadowed: refused, because API_KEYS has another key of this name.',
  })
  state!: string;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty({ description: 'Name of the key that made this one.', example: 'owner' })
  createdBy!: string;
  @ApiProperty({ type: Date, nullable: true })
  expiresAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'Up to half a minute late.' })
  lastUsedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  revokedAt!: Date | null;
  @ApiProperty({ type: String, nullable: true })
  revokedBy!: string | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @ApiProperty({ description: 'Shown now and never again.', example: 'cbk_…' })
  secret!: string;
}

export class ApiKeyPageDto {
  @ApiProperty({ type: [ApiKeyDto] })
  items!: ApiKeyDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
