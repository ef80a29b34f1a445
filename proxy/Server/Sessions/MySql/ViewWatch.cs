using JitProxy.Server.Capture;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>
/// Holds the answer to a granted statement that reads views until they are known to be those that it was analysed with. A view that was redefined returns
/// the same names and types, and names itself as the origin of its columns, so nothing in the answer would tell.
/// </summary>
/// <remarks>The server looked the views up before it sent the first packet; so what is asked behind that packet holds for all of the answer.</remarks>
internal sealed class ViewWatch(SessionServices services, WarningMemory warnings)
{
    /// <summary>True if the answer has to wait. A definition returns nothing, and the view that it names may be gone by it.</summary>
    public static bool IsAwaited(MySqlRun? run) => run is { AreViewsKnown: false, Ruling: { DefinesNames: false, Analyzed.Views.IsEmpty: false } };

    /// <summary>Finds out; if anything changed, the execution is told to stop before a value has left.</summary>
    public async ValueTask CheckAsync(MySqlRun run, CancellationToken stop)
    {
        if (await FindChangeAsync(run, stop) is { } change)
        {
            // What the server says from here on was read through names that nobody analysed.
            warnings.Withhold();
            run.Running!.TryAbort(services.Gate.ShapeChanged(run.Statement.Who, change));
        }

        run.AreViewsKnown = true;
    }

    private async ValueTask<string?> FindChangeAsync(MySqlRun run, CancellationToken stop)
    {
        try
        {
            return await services.FindViewChange(run.Statement.Who, run.Ruling.Analyzed!.Views, stop);
        }
        catch (CatalogueFaultException e)
        {
            services.Log.CatalogueUnreadable(e.Fault.ForLog);
            return "the server does not say whether the views that it reads are what they were";
        }
    }
}
