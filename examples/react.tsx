// Users, page after page, with TanStack Query.
import { QueryClient, QueryClientProvider, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Intercom } from "intercom-edge";
import { intercomQueries } from "intercom-edge/react";

const intercom = new Intercom({ baseUrl: location.origin, auth: () => sessionStorage["caller-key"] });
const queries = intercomQueries(intercom);
const client = new QueryClient();

function Users() {
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery(queries.users.list({ perPage: 20 }));
  const welcome = useMutation(queries.notify());
  if (error) return <p role="alert">{error.message}</p>;
  const users = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <main aria-busy={isFetching}>
      <ul>
        {users.map(({ id, name }) => (
          <li key={id}>
            {name}
            <button
              type="button"
              onClick={() =>
                welcome.mutate({
                  message: { to: { id }, subject: "Welcome", body: "Hello" },
                  idempotencyKey: `welcome-${id}`,
                })
              }
            >
              Welcome
            </button>
          </li>
        ))}
      </ul>
      <output>{welcome.error?.message ?? welcome.data?.id}</output>
      <button type="button" disabled={!hasNextPage || isFetching} onClick={() => fetchNextPage()}>
        More
      </button>
    </main>
  );
}

export const App = () => (
  <QueryClientProvider client={client}>
    <Users />
  </QueryClientProvider>
);
