// The hooks of directories fit React's own types.

import { type DirectoryProgress, Intercom } from "intercom-edge";
import { useDirectory, useDirectorySearch } from "intercom-edge/react/directory";
import { useState } from "react";

const intercom = new Intercom<{ plan: string }>({ baseUrl: "https://edge.example", auth: "key" });

export function People() {
  const [text, setText] = useState("");
  const { directory, progress, complete, error } = useDirectory(intercom, {
    fields: ["name", "custom_attributes.plan"],
  });
  const where = { custom_attributes: { plan: "pro" } };
  const { total, rows, refresh } = useDirectorySearch(directory, { text, where, sort: { field: "name" } });
  const known: DirectoryProgress | undefined = progress;
  return (
    <section title={error?.message ?? known?.state}>
      <input value={text} onChange={(event) => setText(event.target.value)} />
      <button type="button" disabled={!complete} onClick={refresh}>
        {total}
      </button>
      {rows(0, 50).map(({ id, name, custom_attributes }) => (
        <p key={id}>
          {name} {custom_attributes?.plan}
        </p>
      ))}
    </section>
  );
}
