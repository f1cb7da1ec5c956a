// What can go wrong while a stage is built or a fault is made. It has its own class since these are
// troubles of the machine that plays the network, and no errors of Heartwire.

export type StageErrorCode = 'HW_STAGE_REFUSED' | 'HW_STAGE_COMMAND' | 'HW_STAGE_TOOL_MISSING' | 'HW_STAGE_TIMEOUT';

export class StageError extends Error {
  readonly code: StageErrorCode;

  constructor(code: StageErrorCode, message: string) {
    super(message);
    this.name = 'StageError';
    this.code = code;
  }
}
