using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Console;

/// <summary>Runs the statement of a grant, and shows its rows as they come.</summary>
internal static class ResultPage
{
    /// <summary>Rows that a page holds; more of them are for a file.</summary>
    public const int RowsMax = 1000;

    private const int CellLengthMax = 2000;
    private const int PageLengthMax = 8 << 20;
    private const int RowsTogether = 50;

    /// <summary>The page; it is sent row by row.</summary>
    public static async Task ShowAsync(Visit visit)
    {
        if (visit.FindGrant() is not { } grant)
        {
            await visit.ShowUnknownAsync($"There is no grant {visit.Id}, or it is none of your business.");
            return;
        }

        var database = visit.Field("database") ?? (grant.Databases is [var only] ? only : null);
        if (GrantActs.FindRunObjection(grant, visit.Caller, database) is { } objection)
        {
            visit.Session.Leave(Visit.NoticeOf(objection));
            await visit.GoToAsync($"/grants/{grant.Id}");
            return;
        }

        Page.Start(visit.Context);
        await Page.AddAsync(visit.Context, Html.Of($"""
            {Layout.Start(visit, $"Result of grant {grant.Id}", Tab.Mine)}
            <h1>Result of <a href="/grants/{grant.Id}">grant {grant.Id}</a> {Parts.Flags(grant)} {Parts.TimeLeft(grant, visit.Now)}</h1>
            <p class="dim">on {database}</p>{StatementView.Short(grant)}
            """));
        var rows = await WriteRowsAsync(visit, grant, database!);
        await Page.AddAsync(visit.Context, Html.Of($"{rows}{Again(visit, grant)}{Layout.End}"));
    }

    private static async Task<Html> WriteRowsAsync(Visit visit, Grant grant, string database)
    {
        ImmutableArray<RunColumn> columns = [];
        var block = new StringBuilder();
        var (rows, length, isOpen) = (0, 0L, false);
        await foreach (var line in visit.Services.Admin.Run.RunAsync(grant, database, visit.Caller.Client, visit.Stop))
        {
            if (line.Columns is { } described)
            {
                columns = described;
                isOpen = true;
                block.Append(Head(columns));
            }
            else if (line.Row is { } row)
            {
                if (rows == RowsMax || length > PageLengthMax)
                {
                    // Leaving the loop cancels the statement; the trail says so.
                    await FlushAsync(visit, block);
                    return Closing(isOpen, Cut(rows));
                }

                rows++;
                var html = Row(row, columns).ToString();
                length += html.Length;
                block.Append(html);
                if (rows % RowsTogether == 0)
                    await FlushAsync(visit, block);
            }
            else if (line.End is { } end)
            {
                await FlushAsync(visit, block);
                return Closing(isOpen, Ending(end));
            }
        }

        await FlushAsync(visit, block);
        return Closing(isOpen, Html.Nothing);
    }

    private static async Task FlushAsync(Visit visit, StringBuilder block)
    {
        await visit.Context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(block.ToString()), visit.Stop);
        await visit.Context.Response.Body.FlushAsync(visit.Stop);
        block.Clear();
    }

    private static Html Head(ImmutableArray<RunColumn> columns) => Html.Of($"""
        <div class="scroll result" tabindex="0" role="region" aria-label="Result"><table class="rows">
        <thead><tr>{Html.Each(columns, static c => Html.Of($"<th scope=\"col\">{c.Name}{Mask(c)}</th>"))}</tr></thead><tbody>
        """);

    private static Html Mask(RunColumn column) =>
        column.Mask is { } mask ? Html.Of($" <span class=\"badge masked\">masked: {mask}</span>") : Html.Nothing;

    private static Html Row(ImmutableArray<string?> row, ImmutableArray<RunColumn> columns) =>
        Html.Of($"<tr>{Html.Join(row.Select((value, i) => Cell(value, i < columns.Length && columns[i].Mask is not null)))}</tr>\n");

    private static Html Cell(string? value, bool isMasked) => (value, isMasked) switch
    {
        (null, false) => Html.Of($"""<td><i class="null">NULL</i></td>"""),
        (null, true) => Html.Of($"""<td class="masked" title="masked"><i class="null">NULL</i></td>"""),
        ({ Length: > CellLengthMax }, _) => Html.Of($"""
            <td{Parts.Is(isMasked, " class=masked")}>{StatementView.Beginning(value, CellLengthMax)} <i class="null">({value.Length} characters in all)</i></td>
            """),
        (_, true) => Html.Of($"""<td class="masked" title="masked">{value}</td>"""),
        _ => Html.Of($"<td>{value}</td>"),
    };

    private static Html Closing(bool isOpen, Html ending) => Html.Of($"{(isOpen ? Html.Of($"</tbody></table></div>") : default)}{ending}");

    private static Html Cut(int rows) => Html.Of($"""
        <p class="notice bad" role="status"><strong>Only the first {rows} rows are shown.</strong> The rest was not fetched. Export it to have all of it.</p>
        """);

    private static Html Ending(RunEnd end) => end.Error is not { } error
        ? Html.Of($"""<p role="status"><b>{end.Rows} {(end.Rows == 1 ? "row" : "rows")}</b></p>""")
        : Html.Of($"""
            <div class="notice bad" role="alert"><strong>{error}</strong>
            {(end.Rows > 0 ? Html.Of($"<p>It stopped after {end.Rows} rows.</p>") : default)}
            {Html.Each(PageWords.Of(end.Detail, end.Hint), static d => Html.Of($"<p>{d}</p>"))}{Layout.AskFor(PageWords.FindDenied(end.Hint))}</div>
            """);

    private static Html Again(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/run">{visit.Seal}{GrantActions.Databases(grant, "run-database")}
        <p class="acts"><button class="primary">Run again</button> <a class="button" href="/grants/{grant.Id}">Back to the grant</a></p></form>
        """);
}
