
namespace JitProxy.Server.Console;

/// <summary>What all pages have around them.</summary>
internal static class Layout
{
    private static readonly (Tab Tab, string Path, string Name)[] Tabs =
    [
        (Tab.Ask, "/request", "Ask"),
        (Tab.Mine, "/grants", "My grants"),
        (Tab.Inbox, "/inbox", "Inbox"),
        (Tab.Projects, "/projects", "Projects"),
        (Tab.Trail, "/trail", "Trail"),
    ];

    /// <summary>A whole page for somebody who is signed in.</summary>
    public static Html Of(Visit visit, string title, Tab tab, Html body) => Html.Of($"{Start(visit, title, tab)}{body}{End}");

    /// <summary>What comes before the content.</summary>
    public static Html Start(Visit visit, string title, Tab tab)
    {
        var waiting = Inbox.CountFor(visit);
        return Html.Of($"""
            {Head(title)}
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            <header class="top">
            <a class="brand" href="/"><img src="{Assets.AddressOf("icon.svg")}" alt="" width="22" height="22">JitProxy</a>
            <nav aria-label="Main"><ul>{Html.Each(Tabs, t => Link(t.Path, t.Name, t.Tab == tab, t.Tab == Tab.Inbox ? waiting : 0))}</ul></nav>
            <form class="who" method="post" action="/sign-out">{visit.Seal}<span>{visit.Session.User}</span><button class="quiet">Sign out</button></form>
            </header>
            <main id="main" tabindex="-1">
            {NoticeOf(visit.Session.TakeNotice())}
            """);
    }

    /// <summary>What comes after it.</summary>
    public static Html End => Html.Of($"""
        </main>
        <footer>JitProxy: what runs is what was approved. Times are UTC.</footer>
        </body></html>
        """);

    /// <summary>A page for somebody who is not signed in.</summary>
    public static Html Plain(string title, Html body) => Html.Of($"""
        {Head(title)}
        <body class="plain"><main id="main">{body}</main></body></html>
        """);

    /// <summary>What became of the last act.</summary>
    public static Html NoticeOf(Notice? notice) => notice is null ? Html.Nothing : Html.Of($"""
        <div class="notice {(notice.IsFault ? "bad" : "good")}" role="{(notice.IsFault ? "alert" : "status")}">
        <strong>{notice.Text}</strong>{Html.Each(notice.Details, static d => Html.Of($"<p>{d}</p>"))}{AskFor(notice.Denied)}</div>
        """);

    /// <summary>The way to ask for what was refused; nothing if there is no such record.</summary>
    public static Html AskFor(long? denied) =>
        denied is { } record ? Html.Of($"""<p><a href="/request?denied={record}">Ask for it</a></p>""") : Html.Nothing;

    /// <summary>The first lines of every page.</summary>
    public static Html Head(string title, Html more = default) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{title} - JitProxy</title>
        <link rel="stylesheet" href="{Assets.AddressOf("console.css")}">
        <link rel="icon" href="{Assets.AddressOf("icon.svg")}" type="image/svg+xml">
        <script src="{Assets.AddressOf("console.js")}" defer></script>{more}
        </head>
        """);

    private static Html Link(string path, string name, bool isHere, int count) => Html.Of($"""
        <li><a href="{path}"{(isHere ? Html.Of($" aria-current=\"page\"") : default)}>{name}{Count(count)}</a></li>
        """);

    private static Html Count(int count) => count == 0 ? Html.Nothing : Html.Of($""" <b class="count">{count}<span class="sr"> waiting</span></b>""");
}
