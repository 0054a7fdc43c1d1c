/** What was recorded when the page was built: it is there to be looked at while nothing else is. */

/** Reads such a file; nothing where it is missing: then the page is as it would be without it. */
export async function fetchRecorded<T>(path: string): Promise<T | null> {
  try {
    const response = await fetch(path);
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null;
  }
}
