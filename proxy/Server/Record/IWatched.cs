namespace JitProxy.Server.Record;

/// <summary>A session that may have executions under way; its two engines are its two implementations.</summary>
internal interface IWatched
{
    /// <summary>Whose session it is.</summary>
    string User { get; }

    /// <summary>The server's name in the configuration.</summary>
    string Server { get; }

    /// <summary>True while its client is silent and nothing is kept but who it is.</summary>
    bool IsResting => false;

    /// <summary>The executions under way. Called from any thread.</summary>
    IReadOnlyList<Running> Underway { get; }

    /// <summary>Ends the session: whoever it belongs to may not be signed in any more. Called from any thread; must not block.</summary>
    void EvictIfUnwelcome();

    /// <summary>Stops the executions that may not go on. Called from any thread; must not block.</summary>
    void Look();
}
