// Place any global data in this file.
export const SITE_TITLE = "Orbit Log";
export const SITE_DESCRIPTION = "Notes from a telescope";
