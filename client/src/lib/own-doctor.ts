/** The doctor's patient in this browser: its network, its server, its websockets. */
import * as api from "./api";
import type { Patient } from "./doctor";
import { clockAhead } from "./http";
import { browserSurroundings } from "./surroundings";

/** Examine the way to a sprint; without one, to the last sprint of a project. */
export function ownPatient(sprint: number | null, project: number | null): Patient {
  return {
    ...browserSurroundings,
    clockAhead: () => clockAhead("/api/"),
    ticket: async () => {
      const id = sprint ?? (await lastSprint(project));
      return id === null ? null : api.ticket(id);
    },
    serverFindings: () => api.doctor(),
  };
}

async function lastSprint(project: number | null): Promise<number | null> {
  const sprints = project === null ? [] : await api.sprints(project);
  return sprints.at(-1)?.id ?? null;
}
