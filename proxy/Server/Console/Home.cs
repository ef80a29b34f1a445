namespace JitProxy.Server.Console;

/// <summary>The beginning: whatever the person most likely came for.</summary>
internal static class Home
{
    /// <summary>The inbox if something waits there, one's grants if there are any, else the statement box.</summary>
    public static Task ShowAsync(Visit visit) => visit.GoToAsync(
        Inbox.CountFor(visit) > 0 ? "/inbox"
        : Paging.Read(visit, new(User: visit.Session.User)).Grants.Length > 0 ? "/grants"
        : "/request");
}
