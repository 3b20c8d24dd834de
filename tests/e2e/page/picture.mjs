/**
 * Makes the README's picture from a running server with a fresh database:
 *   CONVOKE_URL=http://localhost:8000 node tests/e2e/page/picture.mjs docs/images/chat.png
 */
import {Browser} from './browser.mjs';

const QUESTIONS = ['what is 12 times 12', 'divide 8 by 0', 'what can you do?', 'add 2 and 3'];
const ANSWERED = '[...document.querySelectorAll(".turn")].at(-1)?.dataset.state === "done"';
const [path = 'chat.png'] = process.argv.slice(2);

const browser = await Browser.start();
try {
  const page = await browser.newPage();
  await page.resize(1120, 860, {scale: 2});
  await page.open(process.env.CONVOKE_URL ?? 'http://localhost:8000');
  for (const question of QUESTIONS) {
    await page.click('.new-chat');
    await page.until('document.querySelectorAll(".turn").length === 0');
    await page.click('#question');
    await page.type(question);
    await page.press('Enter');
    await page.until(ANSWERED);
  }
  await page.click('.tool summary');
  await page.screenshot(path);
} finally {
  await browser.close();
}
