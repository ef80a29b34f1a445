using JitProxy.Server.Admin;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;

namespace JitProxy.Server.Console;

/// <summary>What the pages are made from.</summary>
/// <param name="Admin">What the API is made from.</param>
/// <param name="Logins">Slows down guessing, for all doors together.</param>
/// <param name="Watch">What runs now.</param>
internal sealed record ConsoleServices(AdminServices Admin, LoginLimiter Logins, ExecutionWatch Watch)
{
    /// <summary>What people do with grants; the API does the same.</summary>
    public GrantActs Acts { get; } = new(Admin);

    /// <summary>What people read of the trail; the API does the same.</summary>
    public AuditActs Audit { get; } = new(Admin);

    /// <summary>Exports under way.</summary>
    public ExportTable Exports { get; } = new();

    /// <summary>The databases that there are.</summary>
    public DatabaseNames Databases { get; } = new(Admin.Configuration, Admin.Clock);

    /// <summary>Checks the trail.</summary>
    public ChainCheck Chain { get; } = new();

    /// <summary>Who is signed in.</summary>
    public SessionTable Sessions { get; } = new(Admin.Users, Admin.Clock);
}
