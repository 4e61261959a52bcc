import { ApiProperty } from '@nestjs/swagger';

export class LivenessDto {
  @ApiProperty({ enum: ['healthy'] })
  status!: 'healthy';
}

export class ReadinessDto {
  @ApiProperty({ example: true })
  ready!: boolean;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { database: 'up', queue: 'up', redis: 'up', llm: 'missing', clockify: 'configured' },
  })
  checks!: Record<string, string>;

  @ApiProperty({
    type: [String],
    description: 'What an operator should know although the service is ready',
    example: [],
  })
  warnings!: string[];
}
