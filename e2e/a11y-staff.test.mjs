// The pages of staff: no accessibility violation, nothing wider than the window.

import { inspectPages } from './looks.mjs';

await inspectPages(({ as }) => as === 'operator' || as === 'administrator');
