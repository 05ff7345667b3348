/**
 * What one invocation may ask of the platform: fetches, D1 statements and queue messages are counted together. The free
 * plan ends an invocation at 50; what ends there in the middle of an order is a worker that vanished.
 */
export const MAX_CALLS = 45;

export class Budget {
  private spent = 0;

  spend(calls: number): void {
    this.spent += calls;
  }

  get left(): number {
    return MAX_CALLS - this.spent;
  }
}
