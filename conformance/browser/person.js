// What a person does in the browser.

import { person } from '../provider/people.js';

export async function signIn(page, link, { who = person } = {}) {
  await page.goto(link);
  await answer(page, { who });
}

// The same for a page whose link was clicked.
export async function answer(page, { who = person } = {}) {
  await page.waitForLoadState();
  // A browser that signed in before is only asked for its consent.
  if (await page.getByLabel('Email').isVisible()) await fillIn(page, who);
  await allow(page);
}

export async function fillIn(page, who = person) {
  await page.getByLabel('Email').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await page.getByRole('button', { name: 'Continue' }).click();
}

// The click ends in a page of the command that may take its time: it is not waited for here.
export async function allow(page) {
  await page.getByRole('button', { name: 'Allow' }).click({ noWaitAfter: true });
}

export async function cancel(page) {
  await page.getByRole('button', { name: 'Cancel' }).click({ noWaitAfter: true });
}

export async function accessCode(page) {
  return page.locator('#code').inputValue();
}
