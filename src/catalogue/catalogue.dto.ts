import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { IsOmittable } from '../http/is-omittable.js';
import { OpaqueCursor, PageLimit } from '../paging/page.dto.js';
import {
  OPERATION_STATUSES,
  type OperationStatus,
  RUN_STATUSES,
  type RunStatus,
} from './bootstrap/bootstrap.tables.js';

const KINDS = ['full', 'changes'] as const;
/** Neither can end up in a path of another's, nor break a key that both are in. */
const ID = /^[\x21-\x7e]{1,200}$/;
const WORKSPACE = '64a687e29ae1f428e7ebe303';

/** Which catalogue. */
export class PlaceQuery {
  @ApiPropertyOptional({
    description: 'May be left out where the account has one catalogue that the caller may see.',
    example: WORKSPACE,
  })
  @IsOmittable()
  @IsString()
  @Matches(ID, { message: 'workspaceId must be an id' })
  workspaceId?: string;

  @ApiPropertyOptional({
    description: 'As whom Clockify is asked: kind:name, or the account of the configuration.',
    default: 'default',
  })
  @IsOmittable()
  @IsString()
  @Matches(ID, { message: 'account must be kind:name' })
  account: string = 'default';
}

export class ListEntitiesDto extends PlaceQuery {
  @ApiPropertyOptional({ example: 'project' })
  @IsOmittable()
  @IsString()
  @MaxLength(100)
  type?: string;

  @ApiPropertyOptional({ description: 'Part of the name, whatever its case and accents.', example: 'web' })
  @IsOmittable()
  @IsString()
  @MaxLength(200)
  text?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'Only those that are, or are not, archived.' })
  @IsOmittable()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  archived?: boolean;

  @PageLimit()
  limit: number = 50;

  @OpaqueCursor()
  cursor?: string;
}

export class GetEntityDto extends PlaceQuery {
  @ApiPropertyOptional({ description: 'Where things of several types have the id.' })
  @IsOmittable()
  @IsString()
  @MaxLength(100)
  type?: string;
}

export class ListCataloguesDto {
  @PageLimit()
  limit: number = 50;

  @OpaqueCursor()
  cursor?: string;
}

export class StartBootstrapDto extends PlaceQuery {
  @ApiPropertyOptional({
    enum: KINDS,
    default: 'full',
    description: 'Everything, or what has changed since it was read last.',
  })
  @IsOmittable()
  @IsIn(KINDS)
  kind: (typeof KINDS)[number] = 'full';
}

export class EntityView {
  @ApiProperty({ example: 'project' }) type!: string;
  @ApiProperty({ example: '64c777ddd3fcab07cfbb210c' }) id!: string;
  @ApiProperty({ example: 'Website' }) name!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Of a project its client, of a task its project.',
  })
  parentId!: string | null;
  @ApiProperty() archived!: boolean;
  @ApiProperty({ description: 'When it was seen in Clockify last.' }) fetchedAt!: Date;
}

export class EntityDetails extends EntityView {
  @ApiProperty({ type: String }) workspaceId!: string;
  @ApiProperty({ type: String }) account!: string;
  @ApiProperty({
    type: Object,
    nullable: true,
    description: 'As Clockify has it, without secrets; null where it is too large to be kept.',
  })
  payload!: Record<string, unknown> | null;
}

export class EntityPageDto {
  @ApiProperty({ type: [EntityView] }) items!: EntityView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class TypeSizeView {
  @ApiProperty({ example: 'project' }) type!: string;
  @ApiProperty() count!: number;
  @ApiProperty() archived!: number;
  @ApiProperty({ description: 'When the one that was not seen for longest was seen.' }) oldestAt!: Date;
}

export class CatalogueView {
  @ApiProperty() account!: string;
  @ApiProperty() workspaceId!: string;
  @ApiProperty({ type: String, nullable: true }) name!: string | null;
  @ApiProperty({ description: 'Another one means that names have changed.' }) revision!: number;
  @ApiProperty({ description: 'Whether everything was read, so that names can be used.' }) isWarm!: boolean;
  @ApiProperty({ type: Date, nullable: true, description: 'As of when everything was read last.' })
  filledAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'Changes before this time are known.' })
  changesAt!: Date | null;
  @ApiProperty({ type: [TypeSizeView] }) types!: TypeSizeView[];
}

export class CataloguePageDto {
  @ApiProperty({ type: [CatalogueView] }) items!: CatalogueView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class BootstrapErrorView {
  @ApiProperty({ example: 'rate_limited' }) code!: string;
  @ApiProperty() message!: string;
}

export class BootstrapOperationView {
  @ApiProperty({ example: 'getProjects' }) operation!: string;
  @ApiProperty({ enum: OPERATION_STATUSES }) status!: OperationStatus;
  @ApiProperty() requests!: number;
  @ApiProperty() entities!: number;
  @ApiProperty({ type: BootstrapErrorView, nullable: true }) error!: BootstrapErrorView | null;
  @ApiProperty({ type: Date, nullable: true }) finishedAt!: Date | null;
}

export class BootstrapView {
  @ApiProperty() id!: string;
  @ApiProperty() account!: string;
  @ApiProperty() workspaceId!: string;
  @ApiProperty({ enum: KINDS }) kind!: (typeof KINDS)[number];
  @ApiProperty({ enum: RUN_STATUSES }) status!: RunStatus;
  @ApiProperty() requestedBy!: string;
  @ApiProperty() createdAt!: Date;
  @ApiProperty({ type: Date, nullable: true }) startedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true }) finishedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'Until when it waits for the budget of requests.' })
  waitsUntil!: Date | null;
  @ApiProperty() requests!: number;
  @ApiProperty() entities!: number;
  @ApiProperty() operationsDone!: number;
  @ApiProperty() operationsTotal!: number;
  @ApiProperty({ description: 'Since it began, with its waits.' }) requestsPerSecond!: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'By what the operations so far took; null before the first is done.',
  })
  remainingSeconds!: number | null;
  @ApiProperty({ type: BootstrapErrorView, nullable: true }) lastError!: BootstrapErrorView | null;
  @ApiProperty({ type: [BootstrapOperationView] }) operations!: BootstrapOperationView[];
}

export class StartedBootstrapView extends BootstrapView {
  @ApiProperty({ description: 'Not where a run was under way, which this is then.' }) isNew!: boolean;
}
