/** `npm run mapping`: an upstream with a JSON API of its own is bridged by one file; this checks, tries and begins it. */
import './mapping/like-the-worker.ts';
import { runCommand } from './ops/run.ts';

// Loaded late: it loads code of the Worker.
const { main } = await import('./mapping/command.ts');
await runCommand(main);
