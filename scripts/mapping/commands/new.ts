export const create = async (_args: string[]) => 0;
