// The world for a person at a keyboard: `node provider/serve.js` prints what a shell needs.

import { person } from './people.js';
import { startWorld } from './world.js';

const world = await startWorld({ port: Number(process.argv[2] ?? 0) });
for (const [name, value] of Object.entries(world.environment)) console.log(`export ${name}='${value}'`);
console.error(`# sign in as ${person.email} with ${person.password}; end with Ctrl-C`);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await world.close();
    process.exit(0);
  });
}
