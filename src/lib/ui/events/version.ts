/** Name and version of every event document. The version grows when a field changes its meaning or goes away. */
export const EVENT_SCHEMA = 'consul-roll/event/1';
