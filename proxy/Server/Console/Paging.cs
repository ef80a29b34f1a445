using JitProxy.Server.Decide;
using Microsoft.AspNetCore.Http.Extensions;

namespace JitProxy.Server.Console;

/// <summary>Long lists, page by page. A page begins behind a place, not after a count, so that the last one costs no more than the first.</summary>
internal static class Paging
{
    /// <summary>Rows of one page.</summary>
    public const int PageSize = 50;

    /// <summary>The grants of the page that the address asks for, the newest first.</summary>
    public static GrantPage Read(Visit visit, GrantFilter filter)
    {
        var behind = visit.Asked("after") is { } text && GrantPlace.TryParse(text, out var place) ? place : default(GrantPlace?);
        return visit.Services.Acts.Page(filter, GrantOrder.Requested, isDescending: true, behind, PageSize, visit.Caller);
    }

    /// <summary>The ways to the pages beside; nothing if there is one page only.</summary>
    public static Html Links(Visit visit, GrantPage page) => Links(visit, "after", page.Next?.ToString());

    /// <summary>The ways to the first page, if this is another, and to the next, if there is one.</summary>
    public static Html Links(Visit visit, string name, string? next)
    {
        var isFirst = visit.Asked(name) is null;
        return isFirst && next is null ? Html.Nothing : Html.Of($"""
            <nav class="pages" aria-label="Pages">{(isFirst ? default : Html.Of($"""<a class="button" href="{With(visit, name, null)}">Newest</a>"""))}
            {(next is null ? default : Html.Of($"""<a class="button" href="{With(visit, name, next)}">Older</a>"""))}</nav>
            """);
    }

    /// <summary>The address of this page with another value for one name; null leaves the name out.</summary>
    public static string With(Visit visit, string name, string? value)
    {
        var query = visit.Context.Request.Query.Where(q => q.Key != name).SelectMany(static q => q.Value.Select(v => KeyValuePair.Create(q.Key, v ?? "")));
        if (value is not null)
            query = query.Append(KeyValuePair.Create(name, value));

        return $"{visit.Context.Request.Path}{new QueryBuilder(query).ToQueryString()}";
    }
}
