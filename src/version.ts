/** The version that /health shows; package.json is where it is raised. */
import { version } from '../package.json';

export const VERSION: string = version;
