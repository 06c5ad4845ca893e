package io.vecraft.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows between the parts point one way; see the layout in docs/code-map.md. */
class ArchitectureTest {
  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vecraft");
  }

  @Test
  void modulesDependOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("model")
        .definedBy(
            "io.vecraft.error..",
            "io.vecraft.net..",
            "io.vecraft.journal.time..",
            "io.vecraft.journal.tls..",
            "io.vecraft.journal.catalog..",
            "io.vecraft.journal.api..",
            "io.vecraft.proto.journal..")
        .layer("meta")
        .definedBy("io.vecraft.journal.meta..")
        .layer("server")
        .definedBy(
            "io.vecraft.journal.server..",
            "io.vecraft.journal.segment..",
            "io.vecraft.journal.log..",
            "io.vecraft.journal.partition..")
        .layer("client")
        .definedBy("io.vecraft.journal.client..", "io.vecraft.journal.rpc..")
        .layer("index")
        .definedBy("io.vecraft.index..")
        .layer("storage")
        .definedBy("io.vecraft.storage..")
        .layer("query")
        .definedBy("io.vecraft.query..")
        .layer("gateway")
        .definedBy("io.vecraft.gateway..", "io.vecraft.proto.api..")
        .layer("control")
        .definedBy("io.vecraft.control..")
        .layer("standalone")
        .definedBy("io.vecraft.standalone..", "io.vecraft.cluster..")
        .whereLayer("standalone")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("gateway")
        .mayOnlyBeAccessedByLayers("standalone")
        .whereLayer("control")
        .mayOnlyBeAccessedByLayers("standalone")
        .whereLayer("query")
        .mayOnlyBeAccessedByLayers("gateway", "standalone")
        .whereLayer("storage")
        .mayOnlyBeAccessedByLayers("query", "gateway", "standalone")
        .whereLayer("index")
        .mayOnlyBeAccessedByLayers("storage", "query", "gateway", "standalone")
        .whereLayer("server")
        .mayOnlyBeAccessedByLayers("standalone")
        .whereLayer("client")
        .mayOnlyBeAccessedByLayers("storage", "query", "control", "gateway", "standalone")
        .whereLayer("meta")
        .mayOnlyBeAccessedByLayers(
            "server", "client", "storage", "query", "control", "gateway", "standalone")
        .check(classes);
  }

  @Test
  void theIndexLibraryKnowsNeitherNetworkNorJournal() {
    noClasses()
        .that()
        .resideInAPackage("io.vecraft.index..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.grpc..", "io.netty..", "java.net..", "io.vecraft.journal..", "io.vecraft.proto..")
        .check(classes);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.vecraft.(**)").should().beFreeOfCycles().check(classes);
  }
}
