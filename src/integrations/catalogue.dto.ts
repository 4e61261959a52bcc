import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { OpaqueCursor, PageLimit } from '../paging/page.dto.js';

/** A list in the order of its names. */
export class NamedQuery {
  @PageLimit({ max: 500 })
  limit: number = 50;

  @OpaqueCursor()
  cursor?: string;
}

export class OperationQuery extends NamedQuery {
  @ApiPropertyOptional({ description: 'Words that name, summary or tags must hold.', example: 'time entry' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  search?: string;
}

export class IntegrationView {
  @ApiProperty({ example: 'clockify' }) name!: string;
  @ApiProperty({ example: 'Time tracking' }) summary!: string;
  @ApiProperty({ description: 'Whether credentials are there.' }) configured!: boolean;
  @ApiProperty({ description: 'How many operations it has.', example: 321 }) operations!: number;
}

export class IntegrationList {
  @ApiProperty({ type: [IntegrationView] }) items!: IntegrationView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class OperationView {
  @ApiProperty({ example: 'create_client' }) name!: string;
  @ApiProperty({ example: 'Create client' }) summary!: string;
  @ApiProperty({ description: 'Whether it can change something.', example: true }) isWrite!: boolean;
  @ApiProperty({ deprecated: true, description: 'The old name of isWrite.', example: true }) writes!: boolean;
  @ApiProperty({ type: [String], example: ['Client'] }) tags!: readonly string[];
}

export class OperationList {
  @ApiProperty({ type: [OperationView] }) items!: OperationView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class OperationDetails extends OperationView {
  @ApiProperty({ example: 'clockify' }) integration!: string;
  @ApiProperty({ description: 'JSON Schema of the params.', type: Object }) params!: object;
  @ApiProperty({
    description: 'Params that satisfy the schema.',
    type: Object,
    example: { workspaceId: '64a687e29ae1f428e7ebe303', body: { name: 'Acme' } },
  })
  example!: object;
  @ApiProperty({ description: 'The name of the list in the answer of POST /actions/run.', required: false })
  listName?: string;
}
