// Real names in the browser: a number that does not belong to the name is told so, the right one is checked at once; papers are
// handed in without scripts, and a member of staff who reads them decides.

import assert from 'node:assert/strict';

import { axe, chooseIfAsked, fill, noSidewaysScroll, open, press, register, signIn, visit } from './lib.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

// People of the sandbox's register whom the demo has not verified.
const CHECKED = { name: '证件样本', number: '830000199201300022' };
const READ = { name: 'ZHENGJIAN YANGBEN', number: '911124198108030024' };

const main = (page) => page.getByRole('main');

async function fillIn(page, { name, number }) {
  await fill(page, LABEL.fullName, name);
  await fill(page, LABEL.identityNumber, number);
  await chooseIfAsked(page, LABEL.consent);
}

scene('a name and a number are checked at once, and a wrong pair says so', { timeout: 180_000 }, async (page) => {
  await register(page);
  await visit(page, ROUTE.identity);
  await fillIn(page, { ...CHECKED, number: READ.number });
  await press(page, LABEL.checkName);
  await main(page).getByText(LABEL.nameMismatch).first().waitFor();
  await axe(page);
  await visit(page, ROUTE.identity);
  await fillIn(page, CHECKED);
  await press(page, LABEL.checkName);
  await main(page).getByText(LABEL.nameVerified).first().waitFor();
  assert.doesNotMatch(await main(page).innerText(), new RegExp(CHECKED.number), 'the number is masked');
  await axe(page);
  await noSidewaysScroll(page);
});

scene('papers are handed in without scripts and read by staff', { js: false, timeout: 240_000 }, async (page) => {
  await register(page);
  await visit(page, `${ROUTE.identity}/documents`);
  await fillIn(page, READ);
  const buffer = await page.screenshot();
  for (const side of ['front', 'back']) {
    await page.locator(`main input[type="file"][name="${side}"]`).setInputFiles({ name: `${side}.png`, mimeType: 'image/png', buffer });
  }
  await press(page, LABEL.handIn);
  await main(page).getByText(LABEL.papersWaiting).first().waitFor();

  const desk = await open({ width: 1280 });
  try {
    await signIn(desk, 'administrator');
    await visit(desk, ROUTE.identities);
    await main(desk).getByRole('row').nth(1).getByRole('link').first().click();
    // Nobody looks at papers without saying why, and nobody passes them without saying what was looked at.
    await main(desk).locator('[name="open_reason"]').fill('按提交顺序审核');
    await press(desk, LABEL.openPapers);
    await main(desk).getByRole('img', { name: LABEL.paperSide }).first().waitFor();
    await axe(desk);
    await main(desk).locator('[name="approve_reason"]').fill('姓名、号码与证件一致，照片清晰');
    await press(desk, LABEL.approvePapers);
    await main(desk).getByText(LABEL.papersApproved).first().waitFor();
    assert.deepEqual(desk.problems, []);
  } finally {
    await desk.context().close();
  }
  await visit(page, ROUTE.identity);
  await main(page).getByText(LABEL.levelThree).first().waitFor();
});
