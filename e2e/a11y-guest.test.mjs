// The pages that everybody can open: no accessibility violation, nothing wider than the window.

import { inspectPages } from './looks.mjs';

await inspectPages(({ as }) => !as);
