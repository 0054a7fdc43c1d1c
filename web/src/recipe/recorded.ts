/** The run that was recorded when the page was built. */

import type { Report } from '../engine/types';

/** It is there to be looked at while nothing else is; without it the page is as it would be without it. */
export async function fetchRecorded(): Promise<Report | null> {
  try {
    const response = await fetch('demo/report.json');
    return response.ok ? ((await response.json()) as Report) : null;
  } catch {
    return null;
  }
}
