import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ReceivedEvent {
  @ApiProperty({ example: 'NEW_TIME_ENTRY' })
  eventType!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the thing the event is about' })
  id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  workspaceId!: string | null;

  @ApiProperty({ type: String, nullable: true })
  userId!: string | null;

  @ApiPropertyOptional({ description: 'The sender named no type; it was guessed from the payload' })
  inferred?: boolean;
}

export class Received {
  @ApiProperty({ example: true })
  received!: true;

  @ApiProperty({ description: 'The same event has arrived before; it is stored again and not handled again' })
  duplicate!: boolean;

  @ApiProperty({ description: 'Id of the event; of the first delivery where this one is a repeat' })
  eventId!: string;

  @ApiProperty()
  event!: ReceivedEvent;

  @ApiPropertyOptional({ description: 'What had to be changed before the payload could be stored' })
  changes?: string[];
}
