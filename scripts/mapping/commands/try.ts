export const tryOut = async (_args: string[]) => 0;
