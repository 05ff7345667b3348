import { CommandError } from '../ops/d1.ts';

/** The command was called in a way that it has not: exit status 2. */
export class UsageError extends CommandError {}
