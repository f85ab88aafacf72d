// A table of users with numbered pages, and the tags of one user, with TanStack Query.
import { keepPreviousData, QueryClient, QueryClientProvider, useMutation, useQuery } from "@tanstack/react-query";
import { Intercom } from "intercom-edge";
import { intercomQueries } from "intercom-edge/react";
import { useState } from "react";

const intercom = new Intercom({ baseUrl: location.origin, auth: () => sessionStorage["caller-key"] });
const queries = intercomQueries(intercom);
const client = new QueryClient();

function Table({ onOpen }: { onOpen: (id: string) => void }) {
  const [page, setPage] = useState(1);
  const query = { ...queries.users.page({ page, perPage: 10 }), placeholderData: keepPreviousData };
  const { data, error } = useQuery(query);
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <section>
      {data?.data.map(({ id, name }) => (
        <button key={id} type="button" name="user" onClick={() => onOpen(id)}>
          {name ?? id}
        </button>
      ))}
      <output>{data && `Page ${page} of ${Math.ceil(data.total / 10)}`}</output>
      <button type="button" disabled={page === 1} onClick={() => setPage(page - 1)}>
        Previous
      </button>
      <button type="button" disabled={!data?.hasNextPage} onClick={() => setPage(page + 1)}>
        Next
      </button>
    </section>
  );
}

function Tags({ contactId }: { contactId: string }) {
  const { data, error } = useQuery(queries.users.tags.list(contactId));
  const all = useQuery(queries.tags.list());
  const onSuccess = () => client.invalidateQueries({ queryKey: ["intercom", "users", contactId] });
  const add = useMutation({ ...queries.users.tags.add(), onSuccess });
  const failure = error ?? all.error ?? add.error;
  return (
    <section>
      <ul>
        {data?.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      <select aria-label="Add a tag" value="" onChange={({ target }) => add.mutate({ contactId, id: target.value })}>
        <option />
        {all.data?.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      {failure && <p role="alert">{failure.message}</p>}
    </section>
  );
}

export function App() {
  const [id, setId] = useState<string>();
  return (
    <QueryClientProvider client={client}>
      <Table onOpen={setId} />
      {id && <Tags contactId={id} />}
    </QueryClientProvider>
  );
}
